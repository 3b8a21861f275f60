#include "api/route/stats_history_query.hpp"

#include <limits>

namespace potd::api {

core::Result<StatsHistoryQuery> stats_history_query(const Query& query) {
    constexpr std::uint64_t longest_page = 1000;
    constexpr auto latest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    const auto limit = query.number("limit", 1, longest_page);
    if (!limit) return limit.error();
    const auto step = query.duration("step");
    if (!step) return step.error();
    const auto since = query.time("since");
    if (!since) return since.error();
    // Empty is none, as in every list.
    const bool begins = query.text("after").value_or("").empty();
    using Number = std::optional<std::uint64_t>;
    const auto after = begins ? core::Result<Number>(Number()) : query.number("after", 0, latest);
    if (!after) return after.error();
    StatsHistoryQuery out;
    if (*limit) out.limit = static_cast<std::size_t>(**limit);
    if (*step) out.step = **step;
    if (*since) out.since = **since;
    if (*after) out.after = {static_cast<std::int64_t>(**after)};
    return out;
}

}  // namespace potd::api
