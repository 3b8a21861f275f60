#include "api/metrics/event_tally.hpp"

#include "core/model/run.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace potd::api {
namespace {

constexpr std::array<double, 13> start_bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                              0.25,  0.5,    1,     2.5,  10,    60};

/// Rules come and go with the configuration; what would be more is counted together.
constexpr std::size_t most_pressure_series = 200;

std::string_view detail_of(const core::Event& event, const char* name) {
    const auto found = event.details.find(name);
    return found == event.details.end() ? std::string_view() : found->second;
}

struct ExitReason {
    std::string_view text, word;
};
constexpr std::array<ExitReason, 8> exit_reasons{{{"exited", "exited"},
                                                  {"stopped", "stopped"},
                                                  {"killed", "killed"},
                                                  {"oom", "oom"},
                                                  {"unhealthy", "unhealthy"},
                                                  {"gave way", "gave_way"},
                                                  {"lost", "lost"},
                                                  {"start failed", "start_failed"}}};

/// The reason of an end in one word: "lost: the monitor died" is "lost".
std::string_view reason_word(std::string_view reason) {
    const std::string_view begin = reason.substr(0, reason.find(':'));
    const auto* const found = std::find_if(exit_reasons.begin(), exit_reasons.end(),
                                           [&](const ExitReason& one) { return one.text == begin; });
    return found == exit_reasons.end() ? "other" : found->word;
}

void count_word(EventTally::ByWord& counts, std::string_view word) {
    auto found = counts.find(word);
    if (found == counts.end()) found = counts.emplace(word, 0).first;
    ++found->second;
}

}  // namespace

EventTally::EventTally(core::EventFeed& feed, Now now)
    : feed_(feed), now_(std::move(now)), start_seconds_(start_bounds) {
    // From the beginning, so that the first of each is seen as a change.
    for (const auto cause : {core::StartCause::Request, core::StartCause::Restart, core::StartCause::Boot,
                             core::StartCause::Dependency})
        starts_by_cause_.emplace(core::to_string(cause), 0);
    for (const ExitReason& one : exit_reasons) exits_by_reason_.emplace(one.word, 0);
    subscription_ = feed_.subscribe([this](const core::Event& event) { count(event); });
}

EventTally::~EventTally() {
    feed_.unsubscribe(subscription_);
}

EventTally::PotCounts EventTally::of(const std::string& pot_id) const {
    const auto found = pots_.find(pot_id);
    return found == pots_.end() ? PotCounts() : found->second;
}

void EventTally::count(const core::Event& event) {
    count_word(by_type_, event.type);
    if (event.type.starts_with("pressure.")) return count_pressure(event);
    if (event.pot_id.empty()) return;
    if (event.type == "pot.destroyed") {
        pots_.erase(event.pot_id);
        starting_.erase(event.pot_id);
    } else if (event.type.starts_with("pot.")) {
        count_pot(event);
    }
}

void EventTally::count_pot(const core::Event& event) {
    if (event.type == "pot.starting") {
        starting_[event.pot_id] = now_();
        count_word(starts_by_cause_, detail_of(event, "cause"));
        PotCounts& pot = pots_[event.pot_id];
        if (detail_of(event, "cause") == "restart") ++pot.restarts;
        pot.run = event.run;
        pot.run_kills = 0;
    } else if (event.type == "pot.started") {
        ++pots_[event.pot_id].starts;
        const auto begun = starting_.find(event.pot_id);
        if (begun == starting_.end()) return;
        start_seconds_.observe(std::chrono::duration<double>(now_() - begun->second).count());
        starting_.erase(begun);
    } else if (event.type == "pot.oom") {
        count_oom(event, pots_[event.pot_id]);
    } else if (event.type == "pot.exited") {
        starting_.erase(event.pot_id);
        count_word(exits_by_reason_, reason_word(detail_of(event, "reason")));
    } else if (event.type == "pot.start_failed" || event.type == "pot.stopped") {
        starting_.erase(event.pot_id);
    }
}

/// The event has the number of the whole run, of which some may have been told before this began.
void EventTally::count_oom(const core::Event& event, PotCounts& pot) {
    const std::string_view text = detail_of(event, "kills");
    std::uint64_t kills = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), kills).ec != std::errc{}) return;
    if (pot.run != event.run) {
        pot.run = event.run;
        pot.run_kills = kills > 0 ? kills - 1 : 0;
    }
    if (kills <= pot.run_kills) return;
    pot.oom_kills += kills - pot.run_kills;
    oom_kills_ += kills - pot.run_kills;
    pot.run_kills = kills;
}

void EventTally::count_pressure(const core::Event& event) {
    std::tuple key(std::string(detail_of(event, "rule")), std::string(detail_of(event, "action")),
                   event.type.substr(event.type.find('.') + 1));
    if (pressure_steps_.size() >= most_pressure_series && !pressure_steps_.contains(key))
        std::get<0>(key) = "other";
    ++pressure_steps_[std::move(key)];
}

}  // namespace potd::api
