#include "api/route/prune_request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::api {
namespace {

/// `now` less the duration in that field.
core::Result<core::WallTime> before(core::WallTime now, const std::optional<std::string>& age,
                                    std::string_view field) {
    if (!age) return now;
    const auto parsed = core::parse_duration(*age, field);
    if (!parsed) return parsed.error();
    return core::WallTime{now.ms - parsed->count()};
}

core::Status take_kinds(const std::vector<std::string>& kinds, PruneOrder& order) {
    constexpr std::string_view expected = "pots, bases, runs or logs";
    if (kinds.empty()) return core::invalid_field("kinds", "[]", expected);
    for (const std::string& kind : kinds) {
        if (kind == "pots")
            order.pots = true;
        else if (kind == "bases")
            order.bases = true;
        else if (kind == "runs")
            order.runs = true;
        else if (kind == "logs")
            order.logs = true;
        else
            return core::invalid_field("kinds", kind, expected);
    }
    return {};
}

}  // namespace

core::Result<PruneOrder> to_order(const wire::PruneRequest& request, core::WallTime now) {
    PruneOrder order;
    if (core::Status taken = take_kinds(request.kinds.value_or(std::vector<std::string>{"pots"}), order);
        !taken)
        return std::move(taken).error();
    order.bases = order.bases || request.bases.value_or(false);
    order.dry_run = request.dry_run.value_or(false);
    const auto pots_before = before(now, request.grace, "grace");
    if (!pots_before) return pots_before.error();
    order.pots_before = *pots_before;
    const auto past_before = before(now, request.older_than, "older_than");
    if (!past_before) return past_before.error();
    order.past_before = *past_before;
    order.keep = request.keep.value_or(order.keep);
    const bool of_the_past = order.runs || order.logs;
    if (!of_the_past && request.older_than)
        return core::invalid_field("older_than", *request.older_than, "runs or logs among the kinds");
    if (!of_the_past && request.keep)
        return core::invalid_field("keep", std::to_string(*request.keep), "runs or logs among the kinds");
    if (!order.pots && request.grace)
        return core::invalid_field("grace", *request.grace, "pots among the kinds");
    return order;
}

}  // namespace potd::api
