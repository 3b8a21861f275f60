#include "api/route/audit_routes.hpp"

#include "api/convert/audit.hpp"
#include "api/route/reply.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace potd::api {
namespace {

core::Result<std::uint64_t> audit_cursor(const std::string& text) {
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()) return number;
    return core::invalid_field("after", text, "the number of an entry");
}

/// When it was, and the order.
core::Status read_window(const Query& query, core::AuditQuery& into) {
    const auto since = query.time("since");
    if (!since) return since.error();
    into.since = *since;
    const auto until = query.time("until");
    if (!until) return until.error();
    into.until = *until;
    const std::string_view order = query.text("order").value_or("asc");
    if (order != "asc" && order != "desc") return core::invalid_field("order", order, "asc or desc");
    into.descending = order == "desc";
    return {};
}

core::Result<core::AuditQuery> audit_query(const Query& query) {
    const auto page = page_query(query);
    if (!page) return page.error();
    core::AuditQuery result;
    result.limit = page->limit + 1;  // one more tells whether there is a next page
    if (!page->after.empty()) {
        const auto after = audit_cursor(page->after);
        if (!after) return after.error();
        result.after = *after;
    }
    if (auto window = read_window(query, result); !window) return std::move(window).error();
    if (const auto word = query.text("outcome")) {
        result.outcome = core::audit_outcome_from(*word);
        if (!result.outcome)
            return core::invalid_field("outcome", *word, "done, failed, denied, unanswered or unknown");
    }
    result.pot = query.text("pot").value_or("");
    result.actor = query.text("actor").value_or("");
    return result;
}

}  // namespace

void AuditRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/audit",
                {core::Role::Admin, Reach::Rest},
                {"limit", "after", "order", "since", "until", "pot", "actor", "outcome"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
}

void AuditRoutes::list(Exchange& exchange) {
    const auto query = value_or_fail(exchange, audit_query(exchange.query()));
    if (!query) return;
    const std::size_t limit = query->limit - 1;
    const auto answer = [limit](const Later& later, const std::vector<core::AuditRecord>& records) {
        wire::AuditList body;
        for (const core::AuditRecord& record : records) {
            if (body.items.size() == limit) {
                body.next = std::to_string(body.items.back().number);
                break;
            }
            body.items.push_back(to_wire(record));
        }
        answer_json(later, body);
    };
    history_.audit(*query, on_reply<std::vector<core::AuditRecord>>(exchange.later(), {}, answer));
}

}  // namespace potd::api
