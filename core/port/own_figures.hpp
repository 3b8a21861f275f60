#pragma once

#include "core/base/histogram.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace potd::core {

/// What the kernel counts of potd itself. Unset = it does not tell.
struct ProcessFigures {
    std::optional<std::int64_t> cpu_us;                  ///< of all threads, since the start
    std::optional<std::int64_t> resident, address_room;  ///< bytes; the second is its virtual memory
    std::optional<std::int64_t> open_files, most_files;  ///< descriptors; the most is the soft limit
};

/// Seconds; a commit without the disk takes tens of microseconds, a disk that is busy makes it tenths of a
/// second.
inline constexpr std::array<double, 14> store_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                     0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

/// What the store does and how long it takes.
struct StoreFigures {
    std::uint64_t queued = 0;        ///< change sets that wait for the writer
    std::uint64_t commits = 0;       ///< change sets stored
    std::uint64_t transactions = 0;  ///< that they took
    std::uint64_t syncs = 0;
    std::uint64_t failures = 0;       ///< change sets refused
    std::uint64_t sync_failures = 0;  ///< what is stored may not be on the disk
    std::uint64_t passes = 0;         ///< of the retention, come to their end
    Histogram commit_seconds{std::span<const double>(store_bounds)};  ///< of one change set, in the queue too
    Histogram sync_seconds{std::span<const double>(store_bounds)};    ///< of one fsync
};

}  // namespace potd::core
