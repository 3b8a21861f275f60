#pragma once

#include "api/http/query.hpp"
#include "core/base/time.hpp"

#include <cstddef>

namespace potd::api {

/// What of the past is asked for.
struct StatsHistoryQuery {
    core::WallTime since;        ///< nothing older
    core::SteadyTime after{-1};  ///< nothing of then or older: the last item of the page before
    core::milliseconds step{0};  ///< 0: each one
    std::size_t limit = 1000;
};
/// `since`, `step`, `limit` and `after`.
[[nodiscard]] core::Result<StatsHistoryQuery> stats_history_query(const Query& query);

}  // namespace potd::api
