#include "core/service/pressure_watch.hpp"

#include "core/base/bounded.hpp"
#include "core/base/bytes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t all_pots = std::numeric_limits<std::size_t>::max();

bool has_processes(const Pot& pot) {
    const bool up =
        pot.state == PotState::Running || pot.state == PotState::Paused || pot.state == PotState::Stopping;
    return up && pot.run && !pot.run->end && pot.run->processes.init.pid > 0;
}

bool ends_pots(const PressureRule& rule) {
    return std::any_of(rule.then.begin(), rule.then.end(), [](PressureAction action) {
        return action == PressureAction::Stop || action == PressureAction::Kill;
    });
}

/// Two digits behind the point are enough for people.
std::string shown(double value) {
    const auto hundredths = std::llround(value * 100);
    std::string text = std::to_string(hundredths / 100);
    if (const auto rest = hundredths % 100; rest != 0)
        text += (rest < 10 ? ".0" : ".") + std::to_string(rest);
    while (text.find('.') != std::string::npos && text.back() == '0') text.pop_back();
    return text;
}

std::string reasons_of(const PressureStep& step) {
    std::string text;
    for (const PressureReading& one : step.readings) {
        text += text.empty() ? "" : ", ";
        text += std::string(to_string(one.detector.figure)) + " is " + shown(one.value) + " (" +
                format_detector(one.detector) + ")";
    }
    return text;
}

std::string describe(const PotLoad& pot) {
    return pot.name + " (priority " + std::to_string(pot.priority) + ", " + format_bytes(pot.working_set) +
           ", " + std::to_string(pot.pids) + " processes)";
}

std::string next_of(const PressureStep& step) {
    std::string text;
    for (const PotLoad& pot : step.next) text += (text.empty() ? "" : ", ") + describe(pot);
    return text;
}

std::string_view verb_of(const PressureStep& step) {
    return step.what == PressureStep::What::Thaw ? "thaw" : to_string(step.action);
}

}  // namespace

PressureWatch::PressureWatch(Ports ports, Options options)
    : ports_(std::move(ports)), options_(std::move(options)) {}

void PressureWatch::begin() {
    serving_ = true;
    milliseconds longest{0};
    for (const PressureRule& rule : options_.settings.rules) {
        if (ends_pots(rule)) longest = std::max(longest, rule.settle);
    }
    memory_.no_end_before = ports_.clock.steady().plus(longest);
    look();
}

void PressureWatch::stop() {
    serving_ = false;
    ports_.timers.cancel(std::exchange(timer_, 0));
}

void PressureWatch::set_options(Options options) {
    if (options == options_) return;
    options_ = std::move(options);
    memory_ = {{}, memory_.no_end_before};
    refuse_creates_.clear();
}

Status PressureWatch::check_room() const {
    if (refuse_creates_.empty()) return {};
    return error(ErrorKind::ResourceExhausted, "nothing new is made for now: " + refuse_creates_);
}

// Looking

void PressureWatch::arm() {
    ports_.timers.cancel(std::exchange(timer_, 0));
    if (!serving_) return;
    timer_ = ports_.timers.arm(ports_.clock.steady().plus(options_.interval), [this] {
        timer_ = 0;
        look();
    });
}

void PressureWatch::look() {
    arm();
    const auto reading = ports_.gauge.read();
    if (!reading) {
        if (!std::exchange(is_blind_, true)) ports_.complain("pressure: " + reading.error().message);
        return;
    }
    is_blind_ = false;
    reading_ = *reading;
    PressureView seen;
    seen.at = ports_.clock.steady();
    seen.host = reading_.figures;
    seen.memory_total = reading_.memory_total;
    seen.pots = loads();
    PressureVerdict verdict = judge(options_.settings, std::move(memory_), seen);
    memory_ = std::move(verdict.memory);
    // In a dry run nothing is refused either.
    refuse_creates_ = options_.dry_run ? std::string() : std::move(verdict.refuse_creates);
    for (const PressureStep& step : verdict.steps) take(step);
}

/// All pots only when it matters: each costs a few reads.
std::vector<PotLoad> PressureWatch::loads() {
    const bool all = wants_pots(options_.settings, reading_.figures);
    std::vector<PotLoad> found;
    if (!all) seen_.clear();
    for (const PotPtr& pot : ports_.pots.list("", all_pots)) {
        if (has_processes(*pot) && (all || !pot->frozen_by.empty())) found.push_back(load_of(*pot));
    }
    return found;
}

PotLoad PressureWatch::load_of(const Pot& pot) {
    PotLoad load;
    load.id = pot.id;
    load.name = pot.spec.name;
    load.run = pot.run->number;
    load.priority = pot.spec.oom.priority;
    load.is_protected = pot.spec.oom.is_protected;
    load.is_paused = pot.state == PotState::Paused;
    load.frozen_by = pot.frozen_by;
    load.is_ending = pot.state == PotState::Stopping;
    load.soft_limit = pot.spec.limits.memory_soft;
    // One that has ended meanwhile has nothing to give.
    if (const auto use = ports_.meter.load({pot.id, load.run})) {
        load.working_set = use->working_set;
        load.pids = use->pids;
    }
    load.growth = growth_of(pot, load);
    return load;
}

/// Since the look before, or since somebody else looked; 0 if nobody did.
std::int64_t PressureWatch::growth_of(const Pot& pot, const PotLoad& load) {
    const SteadyTime now = ports_.clock.steady();
    const auto seen = seen_.find(load.id);
    std::optional<Earlier> before;
    if (seen != seen_.end())
        before = seen->second;
    else if (earlier_)
        before = earlier_(pot);
    std::int64_t growth = 0;
    if (before && before->run == load.run && before->at < now)
        growth = bounded_product(bounded_difference(load.working_set, before->working_set), 1000) /
                 (now.ms - before->at.ms);
    seen_[load.id] = {load.run, load.working_set, now};
    return growth;
}

// Acting

void PressureWatch::take(const PressureStep& step) {
    const bool is_thaw = step.what == PressureStep::What::Thaw;
    if (is_thaw && changing_freeze_.contains(step.pot->id)) return;
    if (options_.dry_run && !is_thaw) return tell(event_of(step, "pressure.would_act"));
    if (is_thaw) changing_freeze_.insert(step.pot->id);
    tell(event_of(step, "pressure.acted"), [this, step] { carry_out(step); });
}

void PressureWatch::carry_out(const PressureStep& step) {
    if (step.what == PressureStep::What::Thaw) return freeze(step, false);
    switch (step.action) {
        case PressureAction::Warn:
        case PressureAction::RefuseCreates: return;  // the event is the warning; check_room() refuses
        case PressureAction::Prune: return prune(step);
        case PressureAction::Reclaim: return reclaim(step);
        case PressureAction::Freeze: return freeze(step, true);
        case PressureAction::Stop: return end(step, false);
        case PressureAction::Kill: return end(step, true);
    }
}

/// A quarter of what it has; more if more is beyond its soft limit.
void PressureWatch::reclaim(const PressureStep& step) {
    const PotLoad& pot = *step.pot;
    const std::int64_t beyond = pot.soft_limit == 0 ? 0 : pot.working_set - pot.soft_limit;
    ports_.gauge.reclaim({pot.id, pot.run}, std::max(pot.working_set / 4, beyond),
                         [this, step](const Status& done) {
                             if (!done && done.error().kind != ErrorKind::NotFound)
                                 failed(step, done.error());
                         });
}

void PressureWatch::freeze(const PressureStep& step, bool frozen) {
    const PotId id = step.pot->id;
    changing_freeze_.insert(id);
    const auto done = [this, step, id](const Result<PotPtr>& result) {
        changing_freeze_.erase(id);
        // It has ended, or somebody else was quicker.
        if (!result && result.error().kind != ErrorKind::NotFound &&
            result.error().kind != ErrorKind::Conflict && result.error().kind != ErrorKind::Cancelled)
            failed(step, result.error());
    };
    if (frozen)
        ports_.pots.freeze_for(step.rule, id.text, done);
    else
        ports_.pots.resume(id.text, done);
}

void PressureWatch::end(const PressureStep& step, bool at_once) {
    GaveWay event{step.pot->run, "gave way to others, rule " + step.rule + ": " + reasons_of(step), at_once};
    ports_.supervisor.observe(step.pot->id, std::move(event));
}

/// The pots that are marked for it, have run and are down.
void PressureWatch::prune(const PressureStep& step) {
    for (const PotPtr& pot : ports_.pots.list("", all_pots)) {
        const bool is_past =
            pot->run && pot->run->end && (pot->state == PotState::Stopped || pot->state == PotState::Failed);
        if (!pot->spec.prunable || !is_past) continue;
        ports_.pots.destroy(pot->id.text, false, [this, step](const Status& done) {
            const bool was_quicker = !done && (done.error().kind == ErrorKind::NotFound ||
                                               done.error().kind == ErrorKind::Conflict);
            if (!done && !was_quicker) failed(step, done.error());
        });
    }
}

// Telling

Event PressureWatch::event_of(const PressureStep& step, std::string_view type) const {
    Event event{0, ports_.clock.wall(), std::string(type), {}, {}, 0, {}};
    event.details["rule"] = step.rule;
    event.details["action"] = verb_of(step);
    if (const std::string why = reasons_of(step); !why.empty()) event.details["why"] = why;
    if (!step.pot) return event;
    event.pot_id = step.pot->id.text;
    event.pot = step.pot->name;
    event.run = step.pot->run;
    event.details["priority"] = std::to_string(step.pot->priority);
    event.details["working_set"] = std::to_string(step.pot->working_set);
    event.details["soft_limit"] = std::to_string(step.pot->soft_limit);
    event.details["growth"] = std::to_string(step.pot->growth);
    event.details["pids"] = std::to_string(step.pot->pids);
    if (const std::string next = next_of(step); !next.empty()) event.details["next"] = next;
    return event;
}

void PressureWatch::failed(const PressureStep& step, const Error& error) {
    Event event = event_of(step, "pressure.failed");
    event.details["problem"] = error.message;
    tell(std::move(event));
}

/// `then` follows also if it could not be recorded: a full disk is no reason to let the machine run out of
/// memory.
void PressureWatch::tell(Event event, std::function<void()> then) {
    std::string text = event.type + ": " + event.details["action"];
    if (!event.pot.empty()) text += " " + event.pot;
    text += ", rule " + event.details["rule"];
    for (const char* const name : {"why", "problem"}) {
        if (const auto found = event.details.find(name); found != event.details.end())
            text += ": " + found->second;
    }
    ports_.journal.commit({AppendEvent{std::move(event)}}, Durability::Observation,
                          [this, text, then = std::move(then)](const Result<std::vector<Event>>& told) {
                              ports_.complain(text);
                              if (told) {
                                  for (const Event& one : *told) ports_.feed.publish(one);
                              }
                              if (then) then();
                          },
                          {});
}

// For people

PressureWatch::View PressureWatch::view() const {
    View view{options_.dry_run, reading_, {}};
    for (std::size_t i = 0; i < options_.settings.rules.size(); ++i) {
        RuleView one{options_.settings.rules[i], i < memory_.rules.size() && memory_.rules[i].holds, {}};
        for (const Detector& detector : one.rule.when) {
            if (one.never.empty()) one.never = ports_.gauge.missing(detector.figure);
        }
        view.rules.push_back(std::move(one));
    }
    return view;
}

std::vector<std::string> PressureWatch::shortcomings() const {
    std::vector<std::string> sentences;
    const std::string no_reclaim = ports_.gauge.no_reclaim();
    for (const RuleView& one : view().rules) {
        const auto& ladder = one.rule.then;
        const bool reclaims =
            std::find(ladder.begin(), ladder.end(), PressureAction::Reclaim) != ladder.end();
        if (!one.never.empty())
            sentences.push_back("The rule of pressure " + one.rule.name + " never holds here: " + one.never +
                                ".");
        else if (reclaims && !no_reclaim.empty())
            sentences.push_back("The rule of pressure " + one.rule.name + " reclaims nothing: " + no_reclaim +
                                ".");
    }
    return sentences;
}

}  // namespace potd::core
