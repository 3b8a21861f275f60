#pragma once

#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

// What a pot used lately, kept small: most figures of most pots stay as they are, so a point costs two bytes
// and what has changed. Any thread, one at a time.

namespace potd::core {

/// What is kept of the figures of a run.
enum class KeptFigure {
    CpuUsage,      ///< ns, since the run began
    CpuThrottled,  ///< ns, since the run began
    Memory,        ///< bytes
    WorkingSet,    ///< bytes
    Swap,          ///< bytes
    MajorFaults,   ///< since the run began
    Pids,
    Read,         ///< bytes, since the run began
    Written,      ///< bytes, since the run began
    Received,     ///< bytes, since the run began
    Sent,         ///< bytes, since the run began
    CpuStall,     ///< us in which something waited, since the run began
    MemoryStall,  ///< us, since the run began
    IoStall,      ///< us, since the run began
};
inline constexpr std::size_t kept_figure_count = 14;

/// The figures of a run at one moment. Unset = not counted then.
struct FigurePoint {
    std::uint32_t run = 0;
    SteadyTime at;
    std::array<std::optional<std::int64_t>, kept_figure_count> values{};

    [[nodiscard]] std::optional<std::int64_t>& operator[](KeptFigure figure) {
        return values[static_cast<std::size_t>(figure)];
    }
    [[nodiscard]] const std::optional<std::int64_t>& operator[](KeptFigure figure) const {
        return values[static_cast<std::size_t>(figure)];
    }
    friend bool operator==(const FigurePoint&, const FigurePoint&) = default;
};

/// The points of one pot in the order of time, old ones forgotten block by block.
class FigureSeries {
  public:
    /// Of the same time as the last one or before it: is left out.
    void add(const FigurePoint& point);
    /// Forgets points before `cutoff`; up to `block_points` of them may stay.
    void forget_before(SteadyTime cutoff);
    /// Calls with each point from `since` on, the oldest first.
    void read(SteadyTime since, const std::function<void(const FigurePoint&)>& take) const;

    [[nodiscard]] bool empty() const { return blocks_.empty(); }
    /// Memory that it takes.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    /// Of the oldest point; unset if there is none.
    [[nodiscard]] std::optional<SteadyTime> begins() const;

    static constexpr std::size_t block_points = 64;

  private:
    using Values = std::array<std::int64_t, kept_figure_count>;
    /// Points of one run that have the same figures set.
    struct Block {
        std::uint32_t run = 0;
        std::uint32_t set = 0;  ///< which figures, a bit each
        std::size_t points = 0;
        SteadyTime first, last;
        std::string code;
    };
    /// From which the next point of the last block is told apart.
    struct Before {
        std::int64_t step = 0;  ///< ms between the last two
        Values values{};
    };

    [[nodiscard]] static std::size_t bytes_of(const Block& block) {
        return sizeof(Block) + block.code.capacity();
    }
    static void read_block(const Block& block, SteadyTime since,
                           const std::function<void(const FigurePoint&)>& take);
    void close_last();
    void append(const FigurePoint& point);

    std::deque<Block> blocks_;
    Before before_;
    std::size_t bytes_ = 0;
};

}  // namespace potd::core
