#include "core/service/run_limits.hpp"

#include "core/model/validate.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace potd::core {
namespace {

/// It has, or is about to have, something that the kernel limits.
bool has_groups(const Pot& pot) {
    if (!pot.run || !is_live(pot.state)) return false;
    return pot.run->stage >= RunStage::Launching && pot.run->stage < RunStage::Releasing;
}

}  // namespace

bool RunLimits::in_force(const Pot& pot) {
    return has_groups(pot) && pot.state != PotState::Starting && pot.run->started_at && !pot.run->end;
}

Limits limits_of_run(const PotSpec& spec) {
    Limits of_run = spec.limits;
    of_run.disk = of_run.network_rx = of_run.network_tx = 0;
    if (of_run.files == 0 && spec.rlimits.contains("nofile")) of_run.files = files_as_they_are;
    return of_run;
}

Limits RunLimits::effective(const Held& held) {
    Limits limits = held.limits;
    if (limits.cpu_count > 0) limits.cpuset = format_cpu_list(held.cpus);
    return limits;
}

void RunLimits::take_in(const Pot& pot) {
    Held& held = held_[pot.id];
    if (!held.cpus.empty()) ++placements_;
    held = {pot.run->number, limits_of_run(pot.spec), {}};
}

Limits RunLimits::for_launch(const Pot& pot) {
    take_in(pot);
    if (pot.spec.limits.cpu_count > 0 || !pot.spec.limits.cpuset.empty()) move(place(), pot.id);
    Limits limits = effective(held_.at(pot.id));
    limits.files = pot.spec.limits.files;
    return limits;
}

/// Every one that asked for a number gets its place; those that had another one are returned.
RunLimits::Others RunLimits::place() {
    std::map<PotId, CpuWish> wishes;
    std::vector<std::vector<int>> fixed;
    for (const auto& [id, held] : held_) {
        if (held.limits.cpu_count > 0) {
            wishes[id] = {static_cast<int>(held.limits.cpu_count), held.cpus};
        } else if (!held.limits.cpuset.empty()) {
            const auto list =
                parse_cpu_list(held.limits.cpuset, std::numeric_limits<int>::max(), "limits.cpuset");
            if (list) fixed.push_back(*list);
        }
    }
    Others moved;
    if (wishes.empty()) return moved;
    for (const auto& [id, cpus] : place_cpus(ports_.cpus, fixed, wishes)) {
        Held& held = held_.at(id);
        if (held.cpus == cpus) continue;
        moved.emplace_back(id, std::exchange(held.cpus, cpus));
        ++placements_;
    }
    return moved;
}

void RunLimits::move(const Others& moved, const PotId& but) {
    for (const auto& one : moved) {
        if (one.first == but) continue;
        const std::uint32_t run = held_.at(one.first).run;
        put(one.first, [this, id = one.first, run, from = one.second](const Status& put) {
            const auto held = held_.find(id);
            // One that is only launched takes its place when it runs (on_change).
            if (put || put.error().kind == ErrorKind::NotFound) return;
            if (held == held_.end() || held->second.run != run) return;
            held->second.cpus = from;
            ++placements_;
            ports_.complain("pot " + id.text + " stays on the CPUs " + format_cpu_list(from) + ": " +
                            put.error().message);
        });
    }
}

void RunLimits::put(const PotId& id, Reply<void> reply) {
    const Held& held = held_.at(id);
    ports_.limiter.set({id, held.run}, effective(held), std::move(reply));
}

void RunLimits::begin_change(const Pot& pot, const PotSpec& next, Reply<void> reply) {
    if (!held_.contains(pot.id)) take_in(pot);
    Held& held = held_.at(pot.id);
    const Limits before = std::exchange(held.limits, limits_of_run(next));
    held.changing = true;
    move(place(), pot.id);
    if (held.limits.cpu_count == 0) held.cpus.clear();
    put(pot.id, [this, id = pot.id, before, run = held.run, reply = std::move(reply)](Status done) {
        const auto found = held_.find(id);
        if (!done && found != held_.end() && found->second.run == run) {
            found->second.limits = before;
            found->second.changing = false;
            move(place(), id);
        }
        reply(std::move(done));
    });
}

void RunLimits::end_change(const PotId& id, const PotPtr& now, Reply<void> reply) {
    const auto found = held_.find(id);
    if (found == held_.end()) return reply({});
    found->second.changing = false;
    if (!now || !in_force(*now)) return reply({});
    give(now, std::move(reply));
}

/// What is recorded, if that is not what the run has.
void RunLimits::give(const PotPtr& pot, Reply<void> reply) {
    Held& held = held_.at(pot->id);
    Limits recorded = limits_of_run(pot->spec);
    if (held.limits == recorded) return reply({});
    held.limits = std::move(recorded);
    move(place(), pot->id);
    if (held.limits.cpu_count == 0) held.cpus.clear();
    put(pot->id, std::move(reply));
}

/// It has no groups any more; the CPUs it had are the others'.
void RunLimits::leave(const PotPtr& pot) {
    const auto found = pot ? held_.find(pot->id) : held_.end();
    if (found == held_.end()) return;
    if (!found->second.cpus.empty()) ++placements_;
    const bool counted = found->second.limits.cpu_count > 0 || !found->second.limits.cpuset.empty();
    held_.erase(found);
    if (counted) move(place(), {});
}

void RunLimits::on_change(const PotPtr& before, const PotPtr& next) {
    if (!next || !has_groups(*next)) return leave(next ? next : before);
    const auto found = held_.find(next->id);
    if (found == held_.end() || found->second.changing || !in_force(*next)) return;
    Held& held = found->second;
    const bool begins = !before || !in_force(*before);
    const auto told = [this, name = next->spec.name](const Status& put) {
        if (put || put.error().kind == ErrorKind::NotFound) return;
        ports_.complain("pot " + name + ": limits: " + put.error().message);
    };
    // It may have been moved between its launch and now.
    const bool again = begins && (!held.told || held.limits.cpu_count > 0);
    held.told = true;
    if (again && held.limits == limits_of_run(next->spec)) return put(next->id, told);
    give(next, told);
}

void RunLimits::settle(const std::function<void()>& done) {
    std::vector<PotPtr> live;
    for (const PotPtr& pot : ports_.pots()) {
        if (pot && has_groups(*pot) && !held_.contains(pot->id)) live.push_back(pot);
    }
    for (const PotPtr& pot : live) take_in(*pot);
    (void)place();
    auto pending = std::make_shared<std::size_t>(1);
    const auto one_less = [pending, done] {
        if (--*pending == 0) done();
    };
    for (const PotPtr& pot : live) {
        if (!in_force(*pot)) {
            held_.at(pot->id).told = false;
            continue;
        }
        ++*pending;
        put(pot->id, [this, one_less, name = pot->spec.name](const Status& put) {
            if (!put && put.error().kind != ErrorKind::NotFound)
                ports_.complain("pot " + name + ": limits: " + put.error().message);
            one_less();
        });
    }
    one_less();
}

std::vector<int> RunLimits::cpus_of(const PotId& id) const {
    const auto found = held_.find(id);
    return found == held_.end() ? std::vector<int>() : found->second.cpus;
}

std::vector<LeftOut> RunLimits::not_enforced(const Limits& limits) const {
    if (!limits.best_effort.all && limits.best_effort.fields.empty()) return {};
    std::vector<LeftOut> left = ports_.limiter.left_out(limits);
    std::erase_if(left, [&](const LeftOut& each) { return !is_best_effort(limits, each.field); });
    return left;
}

}  // namespace potd::core
