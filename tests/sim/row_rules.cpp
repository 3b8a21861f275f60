#include "tests/sim/row_rules.hpp"

#include <algorithm>

namespace potd::sim {
namespace {

using core::RunStage;

std::string text_of(const core::RunKey& key) {
    return "run " + core::kernel_name(key);
}

std::string text_of(const core::HookRecord& hook) {
    return std::string(core::to_string(hook.stage)) + " " + std::to_string(hook.index) + " attempt " +
           std::to_string(hook.attempt);
}

bool is_up(const core::Run& run) {
    return run.stage == RunStage::Up && !run.end;
}

}  // namespace

bool is_cut(const core::HookRecord& hook) {
    return hook.end && hook.end->problem.starts_with("cut:");
}

std::uint64_t RowRules::stop_begins() {
    // Each its own number, none that of a transaction before or after.
    tick_ += 2;
    stops_.insert(tick_ - 1);
    return tick_ - 1;
}

void RowRules::kill() {
    stops_.clear();
    failures_at_start_ = store_.failures();
}

void RowRules::reboot() {
    begun_.clear();
    last_up_.clear();
    up_since_.clear();
    kill();
}

void RowRules::check(const Before& before) {
    ++tick_;
    if (store_.failures() != last_failures_) {
        last_failures_ = store_.failures();
        last_failure_tick_ = tick_;
    }
    for (const auto& [key, old] : before.runs) check_run(key, old ? &*old : nullptr);
    check_snapshots(before);
    for (const auto& [id, old] : before.pots) {
        check_pot(id, old ? &*old : nullptr, before);
    }
}

/// A schedule removes none but its own.
void RowRules::check_snapshots(const Before& before) {
    const auto scheduled = [](const auto& row) { return row && row->scheduled; };
    const bool by_schedule =
        std::any_of(before.snapshots.begin(), before.snapshots.end(), [&](const auto& change) {
            const auto now = store_.snapshots.find(change.first);
            return !change.second && now != store_.snapshots.end() && now->second.scheduled;
        });
    for (const auto& [key, old] : before.snapshots) {
        judge_.expect(!by_schedule || !old || scheduled(old), "I5", [&, &row = old] {
            return "the snapshot " + row->name + " was replaced by a schedule";
        });
    }
}

// Pots

void RowRules::check_pot(const core::PotId& id, const core::Pot* old, const Before& before) {
    const core::Pot* const pot = store_.pot(id);
    if (pot == nullptr) {
        if (old != nullptr) check_removed(id, *old, before);
        return;
    }
    if (old == nullptr || old->spec.name != pot->spec.name) {
        const auto same = [&](const auto& one) { return one.second.spec.name == pot->spec.name; };
        judge_.expect(std::count_if(store_.pots.begin(), store_.pots.end(), same) == 1, "I6",
                      [&] { return "two pots are called " + pot->spec.name; });
    }
    if (old == nullptr || old->spec.depends_on != pot->spec.depends_on) {
        spec_since_[id] = tick_;
        check_acyclic(*pot);
    }
    if (old == nullptr) return;
    judge_.expect(pot->version >= old->version, "I5",
                  [&] { return "the version of " + pot->spec.name + " went back"; });
    using enum core::PotState;
    const bool was_up = old->state == Running || old->state == Paused;
    const core::Run* const run = store_.last_run(id);
    const bool by_hand = run != nullptr && (run->stop_cause == core::StopCause::Stop ||
                                            run->stop_cause == core::StopCause::Restart);
    if (was_up && pot->state == Stopping && by_hand) check_dependents_down(*pot);
}

void RowRules::check_acyclic(const core::Pot& pot) {
    std::set<std::string> seen;
    std::vector<std::string> next = pot.spec.depends_on;
    while (!next.empty()) {
        const std::string name = std::move(next.back());
        next.pop_back();
        judge_.expect(name != pot.spec.name, "I9", [&] { return "a cycle through " + pot.spec.name; });
        if (!seen.insert(name).second) continue;
        if (const core::Pot* const found = store_.pot_named(name))
            next.insert(next.end(), found->spec.depends_on.begin(), found->spec.depends_on.end());
    }
}

/// Who had been up on top of this pot before any stop that can have led here was asked for must be down.
void RowRules::check_dependents_down(const core::Pot& pot) {
    if (stops_.empty() || last_failure_tick_ >= *stops_.begin()) return;
    const std::uint64_t asked = *stops_.begin();
    for (const auto& [id, other] : store_.pots) {
        const auto& on = other.spec.depends_on;
        if (std::find(on.begin(), on.end(), pot.spec.name) == on.end() || spec_since_[id] > asked) continue;
        const auto up = up_since_.find(id);
        judge_.expect(up == up_since_.end() || up->second > asked, "I9",
                      [&, &upper = other] { return pot.spec.name + " is stopped under " + upper.spec.name; });
    }
}

void RowRules::check_removed(const core::PotId& id, const core::Pot& old, const Before& before) {
    up_since_.erase(id);
    check_dropped(id, old, before);
    const core::Run* last = nullptr;
    for (const auto& [key, run] : before.runs) {
        if (key.pot == id && run) last = &*run;
    }
    if (last == nullptr || last->stage == RunStage::Done || last->stage == RunStage::Waiting) return;
    const auto due = static_cast<std::uint32_t>(old.spec.hooks.poststop.size());
    if (due == 0) return;
    const core::RunKey key{id, last->number};
    judge_.expect(
        last->stage == RunStage::Poststop && last->hooks.back().index + 1 == due && hook_ended_(key, due - 1),
        "I3", [&] { return text_of(key) + " was removed before its poststop hooks"; });
}

/// What potd removes by itself was made for a run that never began.
void RowRules::check_dropped(const core::PotId& id, const core::Pot& old, const Before& before) {
    const auto dropped = [&](const core::Event& event) {
        return event.number > before.last_event && event.pot_id == id.text &&
               event.details.contains("reason") && event.type == "pot.destroyed";
    };
    if (std::none_of(store_.events.rbegin(), store_.events.rend(), dropped)) return;
    judge_.expect(core::is_unstarted(old) && store_.last_run(id) == nullptr, "I5",
                  [&] { return old.spec.name + " was dropped as one that never started"; });
}

// Runs

void RowRules::check_run(const core::RunKey& key, const core::Run* old) {
    const core::Run* const run = store_.run(key);
    if (run == nullptr) return;  // removed with its pot
    note_up(key, old, *run);
    if (old == nullptr) check_new_run(key, *run);
    const core::Run fresh;
    const core::Run& was = old != nullptr ? *old : fresh;
    judge_.expect(run->stage >= was.stage, "I2", [&] { return text_of(key) + " went back a stage"; });
    judge_.expect(!was.end || run->end == was.end, "I2",
                  [&] { return text_of(key) + " has a second terminal record"; });
    judge_.expect(run->end || run->stage < RunStage::Releasing, "I2",
                  [&] { return text_of(key) + " is cleaned up without a terminal record"; });
    check_hooks(key, was, *run);
    const bool settled = was.stage == RunStage::Waiting && run->stage != RunStage::Waiting;
    if (settled && run->stage != RunStage::Done) check_dependencies_up(key);
    if (run->stage == RunStage::Done && was.stage != RunStage::Done && was.stage != RunStage::Waiting)
        check_end(key, *run);
}

void RowRules::check_new_run(const core::RunKey& key, const core::Run& run) {
    begun_[key] = tick_;
    if (key.run == 1) return;
    const core::Run* const last = store_.run({key.pot, key.run - 1});
    judge_.expect(last != nullptr, "I2", [&] { return text_of(key) + " has no predecessor"; });
    judge_.expect(last == nullptr || (last->end && last->stage == RunStage::Done), "I1",
                  [&] { return text_of(key) + " begins before the one before is over"; });
    judge_.expect(!run.end, "I2", [&] { return text_of(key) + " is born dead"; });
    if (run.cause == core::StartCause::Boot) check_booted_once(key, run);
}

/// A start at boot is none for a pot whose command ran in this boot.
void RowRules::check_booted_once(const core::RunKey& key, const core::Run& run) {
    for (std::uint32_t n = 1; n < key.run; ++n) {
        const core::Run* const other = store_.run({key.pot, n});
        judge_.expect(other == nullptr || other->boot_id != run.boot_id || !other->started_at, "I9",
                      [&] { return text_of(key) + " starts at boot what has run in it"; });
    }
}

void RowRules::note_up(const core::RunKey& key, const core::Run* old, const core::Run& run) {
    const bool was = old != nullptr && is_up(*old);
    // A command that was quicker than the poststart hooks was up.
    const bool quick = run.stage == RunStage::Poststart && run.end && !run.end->lost &&
                       run.stop_cause == core::StopCause::None;
    if (was || quick || is_up(run)) last_up_[key.pot] = tick_;
    if (!is_up(run))
        up_since_.erase(key.pot);
    else if (!was)
        up_since_[key.pot] = tick_;
}

void RowRules::check_dependencies_up(const core::RunKey& key) {
    const core::Pot* const pot = store_.pot(key.pot);
    for (const std::string& name : pot->spec.depends_on) {
        const core::Pot* const other = store_.pot_named(name);
        // One that a force took away after it had been up is not held against the run.
        if (other == nullptr) continue;
        const auto seen = last_up_.find(other->id);
        const bool met = up_since_.contains(other->id) ||
                         (seen != last_up_.end() && seen->second >= begun_[key]) ||
                         store_.failures() != failures_at_start_;  // it may have been up unrecorded
        judge_.expect(met, "I9", [&] { return text_of(key) + " goes on before " + name + " was up"; });
    }
}

// Hooks

void RowRules::check_hooks(const core::RunKey& key, const core::Run& old, const core::Run& run) {
    const std::size_t before = old.hooks.size();
    judge_.expect(run.hooks.size() >= before, "I3", [&] { return text_of(key) + " lost a hook"; });
    if (run.hooks.size() < before) return;
    for (std::size_t i = std::max<std::size_t>(before, 1); i < run.hooks.size(); ++i)
        check_next_hook(key, run.hooks[i - 1], run.hooks[i]);
    if (before == 0) {
        const bool first = run.hooks.empty() || (run.hooks[0].index == 0 && run.hooks[0].attempt == 1);
        judge_.expect(first, "I3", [&] { return text_of(key) + " begins with " + text_of(run.hooks[0]); });
        return;
    }
    const core::HookRecord& was = old.hooks.back();
    judge_.expect(!was.end || was == run.hooks[before - 1], "I3",
                  [&] { return text_of(key) + " changed the record of " + text_of(was); });
}

void RowRules::check_next_hook(const core::RunKey& key, const core::HookRecord& last,
                               const core::HookRecord& next) {
    judge_.expect(last.end.has_value(), "I3",
                  [&] { return text_of(key) + ": " + text_of(next) + " while " + text_of(last) + " runs"; });
    bool fits = false;
    if (next.stage != last.stage)
        fits = next.stage > last.stage && next.index == 0 && next.attempt == 1;
    else if (is_cut(last))
        fits = next.index == last.index && next.attempt == last.attempt + 1;
    else
        fits = next.index == last.index + 1 && next.attempt == 1;
    judge_.expect(fits, "I3",
                  [&] { return text_of(key) + ": " + text_of(next) + " after " + text_of(last); });
}

/// Every poststop hook has completed, once.
void RowRules::check_end(const core::RunKey& key, const core::Run& run) {
    std::size_t completed = 0;
    for (const core::HookRecord& hook : run.hooks) {
        if (hook.stage == core::HookStage::Poststop && hook.end && !is_cut(hook)) ++completed;
    }
    const std::size_t due = store_.pot(key.pot)->spec.hooks.poststop.size();
    judge_.expect(completed == due, "I3", [&] {
        return text_of(key) + " is done with " + std::to_string(completed) + " of " + std::to_string(due) +
               " poststop hooks";
    });
    judge_.expect(run.hooks.empty() || run.hooks.back().end, "I3",
                  [&] { return text_of(key) + " is done while a hook runs"; });
}

}  // namespace potd::sim
