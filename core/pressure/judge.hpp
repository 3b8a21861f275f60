#pragma once

#include "core/model/ids.hpp"
#include "core/pressure/rule.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Who gives way when the host runs short. A pure function: called with what is seen and what it remembers,
// it never waits and asks nobody. Any thread.

namespace potd::core {

/// A pot with processes, as far as it matters here.
struct PotLoad {
    PotId id;
    std::string name;
    std::uint32_t run = 0;
    int priority = 0;           ///< lower ones give way first
    bool is_protected = false;  ///< never gives way
    bool is_paused = false;
    std::string frozen_by;         ///< the rule that had it paused; empty: a user, or it is not
    bool is_ending = false;        ///< it is being stopped: by whoever it was, only a kill can be added
    std::int64_t working_set = 0;  ///< bytes that leaving would free; without what the kernel can drop
    std::int64_t soft_limit = 0;   ///< bytes; 0: none, all that it has is beyond
    std::int64_t growth = 0;       ///< bytes a second, of the working set
    std::int64_t pids = 0;
    friend bool operator==(const PotLoad&, const PotLoad&) = default;
};

/// What is seen at one moment.
struct PressureView {
    SteadyTime at;
    HostFigures host{};
    std::int64_t memory_total = 0;  ///< bytes, of the machine
    std::vector<PotLoad> pots;      ///< in any order; see wants_pots()
};

struct PressureSettings {
    std::vector<PressureRule> rules;
    /// A pot whose leaving would free less than this is left alone.
    std::int64_t least_memory = 16 << 20;
    std::int64_t least_pids = 8;
    friend bool operator==(const PressureSettings&, const PressureSettings&) = default;
};

/// What judge() remembers from one call to the next. Begins empty, also when the rules have changed; whom a
/// rule has frozen is in the record of pots.
struct PressureMemory {
    struct OfRule {
        std::vector<std::optional<SteadyTime>> beyond_since;  ///< of each detector
        bool holds = false;
        std::optional<SteadyTime> quiet_since;  ///< it held, and does not any more
        std::optional<SteadyTime> acted_at;
        std::size_t host_steps = 0;              ///< of the ladder, done
        std::map<PotId, std::size_t> pot_steps;  ///< of its part for pots, done to each in this episode
        friend bool operator==(const OfRule&, const OfRule&) = default;
    };
    std::vector<OfRule> rules;
    std::optional<SteadyTime> no_end_before;  ///< a pot was ended, and that has to show first
    friend bool operator==(const PressureMemory&, const PressureMemory&) = default;
};

/// One condition as it was when it counted.
struct PressureReading {
    Detector detector;
    double value = 0;
    milliseconds since{0};  ///< how long it had been beyond its bound
    friend bool operator==(const PressureReading&, const PressureReading&) = default;
};

/// Something to be done, and why.
struct PressureStep {
    enum class What { Act, Thaw };
    What what = What::Act;
    std::string rule;
    PressureAction action = PressureAction::Warn;  ///< of Act
    std::optional<PotLoad> pot;                    ///< to whom
    std::vector<PressureReading> readings;
    std::vector<PotLoad> next{};  ///< who would have been next, in that order; a few
    friend bool operator==(const PressureStep&, const PressureStep&) = default;
};

struct PressureVerdict {
    PressureMemory memory;
    std::vector<PressureStep> steps;
    /// Why nothing new is made now; empty: it is.
    std::string refuse_creates;
};

/// At most one step of each rule, and of all rules at most one that ends a pot within the time that the rule
/// which ended the last one wants to settle. The order of pots: lower priority, further beyond the soft limit
/// (in 64ths of the machine's memory; for pids: more processes), faster growth, more memory, name.
[[nodiscard]] PressureVerdict judge(const PressureSettings& settings, PressureMemory memory,
                                    const PressureView& view);

/// Whether all conditions of some rule are beyond their bounds. If not, of the pots only those with a
/// frozen_by are wanted.
[[nodiscard]] bool wants_pots(const PressureSettings& settings, const HostFigures& host);

/// The order of giving way.
[[nodiscard]] std::vector<PotLoad> in_order_of_giving_way(std::vector<PotLoad> pots, PressedResource resource,
                                                          std::int64_t memory_total);

}  // namespace potd::core
