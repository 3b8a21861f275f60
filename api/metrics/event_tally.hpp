#pragma once

#include "core/base/histogram.hpp"
#include "core/service/event_feed.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace potd::api {

/// Counts what events tell, from its own beginning on. Loop thread.
class EventTally {
  public:
    using Now = std::function<std::chrono::steady_clock::time_point()>;

    explicit EventTally(core::EventFeed& feed, Now now = &std::chrono::steady_clock::now);
    ~EventTally();
    EventTally(const EventTally&) = delete;
    EventTally& operator=(const EventTally&) = delete;

    struct PotCounts {
        std::uint64_t starts = 0;    ///< runs whose command ran
        std::uint64_t restarts = 0;  ///< runs begun by its restart policy
        std::uint64_t oom_kills = 0;
        std::uint32_t run = 0;        ///< the last that was seen
        std::uint64_t run_kills = 0;  ///< told of that one so far
    };
    /// How often a rule of pressure did what: rule, action, outcome ("acted", "would_act", "failed").
    using PressureSteps = std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t>;
    using ByWord = std::map<std::string, std::uint64_t, std::less<>>;

    [[nodiscard]] const ByWord& by_type() const { return by_type_; }
    [[nodiscard]] const ByWord& starts_by_cause() const { return starts_by_cause_; }
    [[nodiscard]] const ByWord& exits_by_reason() const { return exits_by_reason_; }
    [[nodiscard]] const PressureSteps& pressure_steps() const { return pressure_steps_; }
    [[nodiscard]] std::uint64_t oom_kills() const { return oom_kills_; }
    /// Seconds from the record of a run's beginning to that of its command.
    [[nodiscard]] const core::Histogram& start_seconds() const { return start_seconds_; }
    /// Of a pot that is there; nothing counted yet: all 0.
    [[nodiscard]] PotCounts of(const std::string& pot_id) const;

  private:
    void count(const core::Event& event);
    void count_pot(const core::Event& event);
    void count_oom(const core::Event& event, PotCounts& pot);
    void count_pressure(const core::Event& event);

    core::EventFeed& feed_;
    Now now_;
    core::EventFeed::Id subscription_ = 0;
    ByWord by_type_, starts_by_cause_, exits_by_reason_;
    PressureSteps pressure_steps_;
    std::uint64_t oom_kills_ = 0;
    core::Histogram start_seconds_;
    std::unordered_map<std::string, PotCounts> pots_;
    std::unordered_map<std::string, std::chrono::steady_clock::time_point> starting_;
};

}  // namespace potd::api
