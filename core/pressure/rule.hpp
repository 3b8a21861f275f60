#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Rules about scarce resources, as data: when a rule holds, what is done. judge.hpp decides by them.

namespace potd::core {

/// What the host is short of, in numbers.
enum class HostFigure {
    MemorySome10,     ///< percent of the last 10 s in which something waited for memory (PSI)
    MemorySome60,     ///< of the last 60 s
    MemoryFull10,     ///< … in which everything that could run waited
    MemoryFull60,     ///< of the last 60 s
    MemoryAvailable,  ///< percent of the machine's memory
    SwapFree,         ///< percent; 0 on a machine without swap
    Refaults,         ///< pages a second that were read again soon after they had been dropped
    StateFree,        ///< percent of the file system of the state directory
    PidsFree,         ///< percent of the machine's process numbers
};
constexpr std::size_t host_figure_count = 9;

/// Unset: this machine does not say.
using HostFigures = std::array<std::optional<double>, host_figure_count>;

[[nodiscard]] constexpr std::size_t place_of(HostFigure figure) noexcept {
    return static_cast<std::size_t>(figure);
}
/// "memory_full_10s" …
[[nodiscard]] std::string_view to_string(HostFigure figure) noexcept;
[[nodiscard]] std::optional<HostFigure> host_figure_from(std::string_view text) noexcept;

/// From the mildest to the hardest. Those from Reclaim on are done to a pot.
enum class PressureAction {
    Warn,           ///< it is told
    Prune,          ///< what users have marked as prunable goes
    RefuseCreates,  ///< nothing new is made as long as the rule holds
    Reclaim,        ///< the pot gives back what it can do without
    Freeze,         ///< it stands still until the shortage is over
    Stop,
    Kill,
};
[[nodiscard]] std::string_view to_string(PressureAction action) noexcept;
[[nodiscard]] std::optional<PressureAction> pressure_action_from(std::string_view text) noexcept;
[[nodiscard]] constexpr bool is_done_to_a_pot(PressureAction action) noexcept {
    return action >= PressureAction::Reclaim;
}

enum class PressedResource { Memory, Disk, Pids };
[[nodiscard]] PressedResource resource_of(HostFigure figure) noexcept;

/// One condition: the figure is beyond the bound, and has been for so long.
struct Detector {
    HostFigure figure = HostFigure::MemoryAvailable;
    bool above = false;  ///< else: below
    double bound = 0;    ///< in the figure's unit
    milliseconds lasting{0};
    friend bool operator==(const Detector&, const Detector&) = default;
};

/// "memory_full_10s > 40% for 5s", as parse_detectors reads it.
[[nodiscard]] std::string format_detector(const Detector& detector);

struct PressureRule {
    std::string name;
    std::vector<Detector> when;  ///< all of them, of one resource; alternatives are rules of their own
    std::vector<PressureAction>
        then;                     ///< the ladder, one step at a time; each pot climbs those that are for pots
    milliseconds settle{15'000};  ///< after a step, before the next one
    friend bool operator==(const PressureRule&, const PressureRule&) = default;

    [[nodiscard]] PressedResource resource() const { return resource_of(when.front().figure); }
};

/// "FIGURE < or > BOUND[%] [for DURATION]", several with " and " between them. InvalidArgument with `field`.
[[nodiscard]] Result<std::vector<Detector>> parse_detectors(std::string_view text, std::string_view field);
/// "reclaim, freeze, stop, kill". InvalidArgument with `field`.
[[nodiscard]] Result<std::vector<PressureAction>> parse_ladder(std::string_view text, std::string_view field);

/// That its parts fit: detectors of one resource, steps that can help against its shortage, each harder than
/// the one before, a time to settle from 100 ms. InvalidArgument, `field` is "when", "do" or "settle".
[[nodiscard]] Status check_rule(const PressureRule& rule);

/// What holds unless the configuration has rules of its own.
[[nodiscard]] std::vector<PressureRule> usual_pressure_rules();

}  // namespace potd::core
