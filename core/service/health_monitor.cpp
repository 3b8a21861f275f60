#include "core/service/health_monitor.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

constexpr std::int64_t tick_ms = 50;
constexpr std::size_t checks_kept = 5;
constexpr milliseconds place_held{1'000};

bool is_watched(const PotPtr& pot) {
    return pot && (pot->state == PotState::Running || pot->state == PotState::Paused) &&
           pot->spec.health.kind != HealthSpec::Kind::None;
}

}  // namespace

HealthMonitor::~HealthMonitor() {
    if (timer_ != 0) ports_.timers.cancel(timer_);
    if (room_timer_ != 0) ports_.timers.cancel(room_timer_);
}

HealthMonitor::Watch* HealthMonitor::find(const PotId& id, std::uint64_t generation) {
    const auto found = watches_.find(id);
    const bool same = found != watches_.end() && found->second.generation == generation;
    return same ? &found->second : nullptr;
}

std::vector<HealthCheck> HealthMonitor::history(const PotId& id) const {
    const auto found = watches_.find(id);
    if (found == watches_.end()) return {};
    return {found->second.checks.begin(), found->second.checks.end()};
}

void HealthMonitor::on_change(const PotId& id, const PotPtr& pot) {
    const bool watched = watches_.contains(id);
    if (!is_watched(pot)) {
        if (watched) forget(id);
    } else if (!watched) {
        watch(pot);
    }
}

void HealthMonitor::forget(const PotId& id) {
    const auto found = watches_.find(id);
    if (found->second.holds_place) --under_way_;
    watches_.erase(found);
    fill();
}

void HealthMonitor::watch(const PotPtr& pot) {
    Watch& watch = watches_[pot->id];
    watch.run = pot->run->number;
    watch.generation = next_generation_++;
    schedule(pot->id, watch.generation, pot->spec.health.interval);
}

void HealthMonitor::schedule(const PotId& id, std::uint64_t generation, milliseconds delay) {
    const std::int64_t tick = (ports_.clock.steady().ms + delay.count() + tick_ms - 1) / tick_ms;
    due_[tick].push_back({id, generation});
    arm();
}

void HealthMonitor::arm() {
    if (due_.empty()) return;
    const std::int64_t first = due_.begin()->first;
    if (timer_ != 0 && armed_for_ <= first) return;
    if (timer_ != 0) ports_.timers.cancel(timer_);
    armed_for_ = first;
    timer_ = ports_.timers.arm(SteadyTime{first * tick_ms}, [this] {
        timer_ = 0;
        tick();
    });
}

void HealthMonitor::tick() {
    const std::int64_t now = ports_.clock.steady().ms / tick_ms;
    while (!due_.empty() && due_.begin()->first <= now) {
        for (Due& one : due_.begin()->second) waiting_.push_back(std::move(one));
        due_.erase(due_.begin());
    }
    arm();
    fill();
}

void HealthMonitor::fill() {
    while (!waiting_.empty() && under_way_ < ports_.at_once) {
        const Due next = std::move(waiting_.front());
        waiting_.pop_front();
        if (Watch* watch = find(next.id, next.generation)) check(next.id, *watch);
    }
    if (waiting_.empty() || room_timer_ != 0) return;
    room_timer_ = ports_.timers.arm(ports_.clock.steady().plus(place_held), [this] {
        room_timer_ = 0;
        make_room();
    });
}

void HealthMonitor::make_room() {
    const SteadyTime now = ports_.clock.steady();
    for (auto& [id, watch] : watches_) {
        if (!watch.holds_place || now < watch.begun.plus(place_held)) continue;
        watch.holds_place = false;
        --under_way_;
    }
    fill();
}

void HealthMonitor::check(const PotId& id, Watch& watch) {
    const PotPtr pot = ports_.supervisor.find(id);
    if (!pot || pot->state == PotState::Paused) {
        if (pot) schedule(id, watch.generation, pot->spec.health.interval);  // it cannot answer
        return;
    }
    watch.holds_place = true;
    watch.begun = ports_.clock.steady();
    ++under_way_;
    const RunKey key{id, watch.run};
    const HealthSpec& spec = pot->spec.health;
    auto done = [this, id, generation = watch.generation, started = ports_.clock.wall()](
                    const Result<std::string>& result) { checked(id, generation, started, result); };
    if (spec.kind == HealthSpec::Kind::Exec) {
        watch.exec = std::make_shared<ExecProbe>(
            ExecProbe::Ports{ports_.exec, ports_.clock, ports_.timers, ports_.executor});
        watch.exec->begin(key, spec.command, spec.timeout, std::move(done));
    } else {
        ports_.prober.probe({key, spec, pot->spec.network, pot->run->processes.init}, std::move(done));
    }
}

void HealthMonitor::checked(const PotId& id, std::uint64_t generation, WallTime started,
                            const Result<std::string>& result) {
    Watch* const watch = find(id, generation);
    if (watch == nullptr) return;
    watch->exec.reset();
    if (std::exchange(watch->holds_place, false)) --under_way_;
    watch->checks.push_back(
        {started, ports_.clock.wall(), result.ok(), result ? *result : result.error().message});
    if (watch->checks.size() > checks_kept) watch->checks.pop_front();
    if (const PotPtr pot = ports_.supervisor.find(id)) {
        schedule(id, generation, pot->spec.health.interval);
        judge(pot, *watch, result);
    }
    fill();
}

/// May end the watch: observing can change the pot at once.
void HealthMonitor::judge(const PotPtr& pot, Watch& watch, const Result<std::string>& result) {
    const HealthSpec& spec = pot->spec.health;
    if (result) {
        watch.failures = 0;
        if (pot->health != Health::Healthy)
            ports_.supervisor.observe(pot->id, HealthFound{watch.run, Health::Healthy, {}});
        return;
    }
    const std::int64_t age = ports_.clock.wall().ms - pot->run->started_at.value_or(WallTime{}).ms;
    if (pot->health == Health::Starting && age < spec.start_period.count()) return;
    if (++watch.failures < spec.retries || pot->health == Health::Unhealthy) return;
    ports_.supervisor.observe(pot->id, HealthFound{watch.run, Health::Unhealthy, result.error().message});
}

}  // namespace potd::core
