#include "api/metrics/work_tally.hpp"

#include <algorithm>
#include <array>

namespace potd::api {
namespace {

constexpr std::array<double, 12> work_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                             0.1,   0.5,    1,     10,   60,    600};

std::string_view outcome_of(const core::HookResult& result) {
    if (result.problem.empty()) return "ok";
    if (result.problem.starts_with("timed out")) return "timed_out";
    if (result.problem.starts_with("exit code")) return "exit_code";
    return result.problem.starts_with("killed by signal") ? "signal" : "failed";
}

template <class Key>
void count_in(std::map<Key, WorkTally::Series>& all, Key key, std::string_view outcome,
              core::milliseconds took) {
    const auto entry =
        all.emplace(key, WorkTally::Series{{}, core::Histogram(std::span<const double>(work_bounds))}).first;
    ++entry->second.by_outcome[std::string(outcome)];
    entry->second.seconds.observe(std::chrono::duration<double>(took).count());
}

}  // namespace

void WorkTally::count(const core::Operation& ended) {
    const core::WallTime end = ended.ended_at.value_or(ended.created_at);
    // The clock may have been set back meanwhile.
    const core::milliseconds took(std::max<std::int64_t>(0, end.ms - ended.created_at.ms));
    count_in(operations_, ended.kind, core::to_string(ended.state), took);
}

void WorkTally::count(core::HookStage stage, const core::HookResult& result, core::milliseconds took) {
    count_in(hooks_, stage, outcome_of(result), took);
}

}  // namespace potd::api
