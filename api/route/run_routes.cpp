#include "api/route/run_routes.hpp"

#include "api/convert/records.hpp"
#include "api/door/veil.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"

#include <charconv>
#include <utility>

namespace potd::api {
namespace {

std::optional<std::uint32_t> run_number(std::string_view text) {
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || number == 0)
        return std::nullopt;
    return number;
}

core::Result<core::RunQuery> run_query(const Query& query) {
    auto page = page_query(query);
    if (!page) return std::move(page).error();
    core::RunQuery result;
    result.limit = page->limit + 1;  // one more tells whether there is a next page
    if (!page->after.empty()) {
        const auto after = run_number(page->after);
        if (!after) return core::invalid_field("after", page->after, "the number of a run");
        result.after = *after;
    }
    const std::string_view order = query.text("order").value_or("asc");
    if (order != "asc" && order != "desc") return core::invalid_field("order", order, "asc or desc");
    result.descending = order == "desc";
    return result;
}

}  // namespace

core::Reply<core::Run> answer_run(const Later& later, core::PrincipalPtr who, const core::PotService& pots,
                                  std::string pot) {
    const auto answer = [who = std::move(who), &pots, name = pot](const Later& to, const core::Run& run) {
        wire::Run shown = to_wire(run);
        veil(*who, pots, name, shown);
        answer_json(to, shown);
    };
    return on_reply<core::Run>(later, std::move(pot), answer);
}

void RunRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/pots/{name}/runs",
                {core::Role::Viewer, Reach::Pot},
                {"limit", "after", "order"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/health",
                {core::Role::Viewer, Reach::Pot},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { health(exchange); }});
    router.add({Method::Get,
                "/v1/pots/{name}/runs/{number}",
                {core::Role::Viewer, Reach::Pot},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
}

void RunRoutes::health(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    wire::HealthReport report{std::string(core::to_string(pot->health)), {}};
    for (const core::HealthCheck& check : pots_.health_checks(pot->id))
        report.checks.push_back(to_wire(check));
    veil(*exchange.principal(), report);
    answer_json(exchange, report);
}

void RunRoutes::list(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    auto query = value_or_fail(exchange, run_query(exchange.query()));
    if (!query) return;
    query->pot = pot->id;
    const std::size_t limit = query->limit - 1;
    const auto answer = [this, limit, who = exchange.principal(), id = pot->id](
                            const Later& later, const std::vector<core::Run>& runs) {
        wire::RunList body;
        for (const core::Run& run : runs) {
            if (body.items.size() == limit) {
                body.next = std::to_string(body.items.back().number);
                break;
            }
            body.items.push_back(to_wire(run));
            veil(*who, pots_, id.text, body.items.back());
        }
        answer_json(later, body);
    };
    history_.runs(*query, on_reply<std::vector<core::Run>>(exchange.later(), name, answer));
}

void RunRoutes::get(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto number = run_number(exchange.parameter(1));
    if (!number) {
        return exchange.fail(core::error(core::ErrorKind::NotFound, "pot " + name + " has no such run"),
                             name);
    }
    history_.run({pot->id, *number}, answer_run(exchange.later(), exchange.principal(), pots_, name));
}

}  // namespace potd::api
