#include "api/route/operation_routes.hpp"

#include "api/convert/operations.hpp"
#include "api/door/scope.hpp"
#include "api/door/veil.hpp"
#include "api/route/operation_output.hpp"
#include "api/route/reply.hpp"
#include "core/model/operation_ids.hpp"

#include <memory>

namespace potd::api {
namespace {

core::Error unknown_operation(std::string_view id) {
    return core::error(core::ErrorKind::NotFound, "there is no operation '" + std::string(id) + "'");
}

core::Result<core::OperationQuery> operation_query(const Query& query) {
    auto page = page_query(query);
    if (!page) return std::move(page).error();
    core::OperationQuery result;
    result.limit = page->limit + 1;  // one more tells whether there is a next page
    result.after = page->after;
    if (!result.after.empty() && !core::is_operation_id(result.after))
        return core::invalid_field("after", result.after, "the id of an operation");
    const std::string_view order = query.text("order").value_or("asc");
    if (order != "asc" && order != "desc") return core::invalid_field("order", order, "asc or desc");
    result.descending = order == "desc";
    result.pot = query.text("pot").value_or("");
    if (const auto state = query.text("state")) {
        result.state = core::operation_state_from(*state);
        if (!result.state) return core::invalid_field("state", *state, "running, done, failed or cancelled");
    }
    return result;
}

/// How long a client wants to wait for the end; zero without the parameter.
core::Result<core::milliseconds> wait_of(const Query& query) {
    const auto text = query.text("wait");
    if (!text) return core::milliseconds{0};
    return core::parse_duration(*text, "wait");
}

}  // namespace

void OperationRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/operations",
                {core::Role::Viewer, Reach::Shown},
                {"limit", "after", "order", "state", "pot"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Get,
                "/v1/operations/{id}",
                {core::Role::Viewer, Reach::Shown},
                {"wait"},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
    router.add({Method::Delete,
                "/v1/operations/{id}",
                {core::Role::Operator, Reach::Shown},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { cancel(exchange); }});
    router.add({Method::Get,
                "/v1/operations/{id}/output",
                {core::Role::Operator, Reach::Shown},
                {"follow"},
                {},
                {text_type},
                [this](Exchange& exchange) { output(exchange); }});
}

std::optional<core::Operation> OperationRoutes::found(Exchange& exchange) const {
    auto operation = operations_.find(std::string(exchange.parameter(0)));
    if (operation && !sees(*exchange.principal(), pots_, *operation)) operation.reset();
    return operation;
}

wire::Operation OperationRoutes::shown(const core::Principal& who, core::Operation operation) const {
    return to_wire(veiled(who, pots_, std::move(operation)));
}

void OperationRoutes::list(Exchange& exchange) const {
    auto query = value_or_fail(exchange, operation_query(exchange.query()));
    if (!query) return;
    query->sees = [this, &who = *exchange.principal()](const core::Operation& operation) {
        return sees(who, pots_, operation);
    };
    wire::OperationList body;
    for (const core::Operation& operation : operations_.list(*query)) {
        if (body.items.size() + 1 == query->limit) {
            body.next = body.items.back().id;
            break;
        }
        body.items.push_back(shown(*exchange.principal(), operation));
    }
    answer_json(exchange, body);
}

void OperationRoutes::get(Exchange& exchange) {
    const auto limit = value_or_fail(exchange, wait_of(exchange.query()));
    if (!limit) return;
    const std::string id(exchange.parameter(0));
    const auto operation = found(exchange);
    if (!operation) return exchange.fail(unknown_operation(id));
    if (limit->count() == 0 || operation->state != core::OperationState::Running)
        return answer_json(exchange, shown(*exchange.principal(), *operation));
    struct Ids {
        core::OperationService::WaitId wait = 0;
        core::Timers::Id timer = 0;
    };
    const auto ids = std::make_shared<Ids>();
    const Later later = exchange.later();
    later.set_passive();
    ids->wait = operations_.wait(
        id,
        [this, ids,
         answer = on_reply<core::Operation>(
             later, {}, [this, who = exchange.principal()](const Later& to, const core::Operation& ended) {
                 answer_json(to, shown(*who, ended));
             })](core::Result<core::Operation> ended) {
            timers_.cancel(ids->timer);
            answer(std::move(ended));
        });
    later.on_cancel([this, ids] {
        timers_.cancel(ids->timer);
        operations_.cancel_wait(ids->wait);
    });
    ids->timer =
        timers_.arm(clock_.steady().plus(*limit), [this, ids, later, id, who = exchange.principal()] {
            operations_.cancel_wait(ids->wait);
            if (const auto now = operations_.find(id)) answer_json(later, shown(*who, *now));
        });
}

void OperationRoutes::output(Exchange& exchange) {
    const auto follow = value_or_fail(exchange, exchange.query().flag("follow"));
    if (!follow) return;
    const std::string id(exchange.parameter(0));
    if (!found(exchange)) return exchange.fail(unknown_operation(id));
    exchange.stream(text_type, std::make_unique<OperationOutput>(operations_, outputs_, id, *follow));
}

void OperationRoutes::cancel(Exchange& exchange) {
    const std::string id(exchange.parameter(0));
    if (!found(exchange)) return exchange.fail(unknown_operation(id));
    operations_.cancel(id, on_reply<core::Operation>(exchange.later(), {},
                                                     [this, who = exchange.principal()](
                                                         const Later& later, const core::Operation& ended) {
                                                         answer_json(later, shown(*who, ended));
                                                     }));
}

}  // namespace potd::api
