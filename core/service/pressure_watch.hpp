#pragma once

#include "core/port/clock.hpp"
#include "core/port/journal.hpp"
#include "core/port/meter.hpp"
#include "core/port/pressure_gauge.hpp"
#include "core/pressure/judge.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace potd::core {

/// Looks how short the machine is and has pots give way by the rules of core/pressure. Every step is an event
/// `pressure.acted` that says what it is based on, recorded before the step is taken; `pressure.would_act`
/// when nothing is to be done (dry run); `pressure.failed` for one that could not be carried out. Loop thread
/// only.
class PressureWatch {
  public:
    struct Ports {
        PressureGauge& gauge;
        Meter& meter;
        PotService& pots;
        Supervisor& supervisor;
        Journal& journal;
        EventFeed& feed;
        Clock& clock;
        Timers& timers;
        std::function<void(const std::string&)> complain;  ///< for the log
    };
    struct Options {
        PressureSettings settings;
        bool dry_run = false;
        milliseconds interval{500};  ///< between two looks
        friend bool operator==(const Options&, const Options&) = default;
    };

    PressureWatch(Ports ports, Options options);
    ~PressureWatch() { stop(); }
    PressureWatch(const PressureWatch&) = delete;
    PressureWatch& operator=(const PressureWatch&) = delete;

    /// At start-up, once the pots are taken over. For the longest time that a rule which ends pots wants to
    /// settle none is ended: one may have been just before potd was restarted.
    void begin();
    void stop();
    /// Other rules from now on; what was going on by the former is over.
    void set_options(Options options);

    /// What somebody else saw of a run lately: from that its growth counts at the first look.
    struct Earlier {
        std::uint32_t run = 0;
        std::int64_t working_set = 0;
        SteadyTime at;
    };
    void set_earlier(std::function<std::optional<Earlier>(const Pot&)> earlier) {
        earlier_ = std::move(earlier);
    }

    /// ResourceExhausted while a rule has nothing new made.
    [[nodiscard]] Status check_room() const;

    struct RuleView {
        PressureRule rule;
        bool holds = false;
        std::string never;  ///< why it can never hold here; empty: it can
    };
    struct View {
        bool dry_run = false;
        PressureGauge::Reading reading;
        std::vector<RuleView> rules;
    };
    /// As of the last look.
    [[nodiscard]] View view() const;
    /// See PressureGauge::missing.
    [[nodiscard]] std::string missing(HostFigure figure) const { return ports_.gauge.missing(figure); }
    /// Sentences: which rules cannot do here what they say.
    [[nodiscard]] std::vector<std::string> shortcomings() const;

  private:
    void arm();
    void look();
    [[nodiscard]] std::vector<PotLoad> loads();
    [[nodiscard]] PotLoad load_of(const Pot& pot);
    [[nodiscard]] std::int64_t growth_of(const Pot& pot, const PotLoad& load);
    void take(const PressureStep& step);
    void carry_out(const PressureStep& step);
    void reclaim(const PressureStep& step);
    void freeze(const PressureStep& step, bool frozen);
    void end(const PressureStep& step, bool at_once);
    void prune(const PressureStep& step);
    [[nodiscard]] Event event_of(const PressureStep& step, std::string_view type) const;
    void failed(const PressureStep& step, const Error& error);
    void tell(Event event, std::function<void()> then = {});

    Ports ports_;
    Options options_;
    PressureMemory memory_;
    PressureGauge::Reading reading_;
    std::string refuse_creates_;
    std::map<PotId, Earlier> seen_;
    std::function<std::optional<Earlier>(const Pot&)> earlier_;
    std::set<PotId> changing_freeze_;  ///< a pause or resume of ours is under way
    Timers::Id timer_ = 0;
    bool serving_ = false;
    bool is_blind_ = false;  ///< the last look failed, which is told once
};

}  // namespace potd::core
