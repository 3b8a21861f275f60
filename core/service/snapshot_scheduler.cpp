#include "core/service/snapshot_scheduler.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace potd::core {
namespace {

constexpr std::size_t most_at_once = 4;

SnapshotOwner owner_pot(const PotId& id) {
    return {SnapshotOwner::Kind::Pot, id.text};
}

SnapshotOwner owner_volume(std::string_view name) {
    return {SnapshotOwner::Kind::Volume, std::string(name)};
}

/// When the newest of the schedule's own was taken.
template <class Snapshot>
WallTime last_of(const Result<std::vector<Snapshot>>& all, WallTime otherwise) {
    if (!all) return otherwise;
    const auto newest =
        std::find_if(all->rbegin(), all->rend(), [](const auto& one) { return one.scheduled; });
    return newest == all->rend() ? otherwise : newest->created_at;
}

}  // namespace

SnapshotScheduler::SnapshotScheduler(Ports ports) : ports_(std::move(ports)) {
    ports_.pots.set_schedule_watch([this](const PotId& id, const PotPtr& pot) { on_pot(id, pot); });
    ports_.volumes.set_watch(
        [this](const std::string& name, const Volume* volume) { on_volume(name, volume); });
}

void SnapshotScheduler::begin() {
    serving_ = true;
    for (const PotPtr& pot : ports_.pots.list("", std::numeric_limits<std::size_t>::max()))
        on_pot(pot->id, pot);
    for (const Volume& volume : ports_.volumes.list()) on_volume(volume.name, &volume);
}

void SnapshotScheduler::stop() {
    serving_ = false;
    ports_.timers.cancel(std::exchange(timer_, 0));
}

// Whose turn it is

void SnapshotScheduler::on_pot(const PotId& id, const PotPtr& pot) {
    if (!serving_) return;
    const Owner owner = owner_pot(id);
    if (pot && pot->spec.snapshots.on())
        follow(owner, pot->spec.snapshots, last_of(ports_.snapshots.list(id.text), pot->created_at));
    else
        follow(owner, {}, {});
    if (blocked_.empty() || !pot || is_live(pot->state)) return;
    const auto unblock = [this](const Owner& who) {
        if (blocked_.contains(who)) plan_.try_now(who, now());
    };
    unblock(owner);
    for (const MountSpec& mount : pot->spec.mounts) {
        if (mount.kind == MountSpec::Kind::Volume) unblock(owner_volume(mount.source));
    }
    arm();
}

void SnapshotScheduler::on_volume(const std::string& name, const Volume* volume) {
    if (!serving_) return;
    if (volume != nullptr && volume->snapshots.on())
        follow(owner_volume(name), volume->snapshots,
               last_of(ports_.volume_snapshots.list(name), volume->created_at));
    else
        follow(owner_volume(name), {}, {});
}

void SnapshotScheduler::follow(const Owner& owner, const SnapshotSchedule& schedule, WallTime last) {
    if (schedule.on()) {
        plan_.set(owner, schedule.every, last, now());
    } else {
        plan_.drop(owner);
        blocked_.erase(owner);
    }
    arm();
}

void SnapshotScheduler::arm() {
    ports_.timers.cancel(std::exchange(timer_, 0));
    // At the bound, whoever ends looks for the next.
    if (!serving_ || under_way_ >= most_at_once) return;
    const auto due = plan_.next(now());
    if (!due) return;
    timer_ = ports_.timers.arm(*due, [this] {
        timer_ = 0;
        take_due();
    });
}

// Taking

void SnapshotScheduler::take_due() {
    for (const Owner& owner : plan_.due(now())) {
        if (!serving_ || under_way_ >= most_at_once) break;
        take(owner);
    }
    arm();
}

void SnapshotScheduler::take(const Owner& owner) {
    owner.kind == Owner::Kind::Pot ? take_of_pot(owner) : take_of_volume(owner);
}

void SnapshotScheduler::take_of_pot(const Owner& owner) {
    const PotPtr pot = ports_.pots.find(owner.name);
    if (!pot) return plan_.drop(owner);
    // Asked here, so that the life of a pot that runs is not held for nothing.
    if (is_live(pot->state) && !ports_.files.abilities().live_snapshots)
        return in_the_way(
            owner, error(ErrorKind::Conflict, "the pot is " + std::string(to_string(pot->state)) +
                                                  ", and the file system driver " +
                                                  std::string(ports_.files.name()) + " takes none then"));
    began(owner);
    SnapshotTaking request;
    request.schedule = pot->spec.snapshots;
    ports_.snapshots.take(owner.name, request, [this, owner](const Result<Snapshot>& taken) {
        ended(owner, taken ? Status() : Status(taken.error()));
    });
}

void SnapshotScheduler::take_of_volume(const Owner& owner) {
    const Volume* volume = ports_.volumes.find(owner.name);
    if (volume == nullptr) return plan_.drop(owner);
    began(owner);
    SnapshotTaking request;
    request.schedule = volume->snapshots;
    ports_.volume_snapshots.take(owner.name, request, [this, owner](const Result<VolumeSnapshot>& taken) {
        ended(owner, taken ? Status() : Status(taken.error()));
    });
}

void SnapshotScheduler::began(const Owner& owner) {
    plan_.begin(owner);
    ++under_way_;
}

void SnapshotScheduler::ended(const Owner& owner, const Status& status) {
    --under_way_;
    if (status) {
        plan_.taken(owner, now());
        blocked_.erase(owner);
    } else if (status.error().kind == ErrorKind::NotFound) {
        plan_.drop(owner);
    } else if (status.error().kind == ErrorKind::Conflict) {
        in_the_way(owner, status.error());
    } else {
        plan_.failed(owner, now());
        tell("snapshot_failed", owner, status.error());
    }
    take_due();
}

void SnapshotScheduler::in_the_way(const Owner& owner, const Error& reason) {
    plan_.failed(owner, now());
    if (blocked_.insert(owner).second) tell("snapshot_postponed", owner, reason);
}

void SnapshotScheduler::tell(std::string_view what, const Owner& owner, const Error& reason) {
    const PotPtr pot = owner.kind == Owner::Kind::Pot ? ports_.pots.find(owner.name) : nullptr;
    const std::string name = pot ? pot->spec.name : owner.name;
    Event event{0, ports_.clock.wall(), (pot ? "pot." : "fscomp.") + std::string(what), {}, {}, 0, {}};
    event.details["reason"] = reason.message;
    if (pot) {
        event.pot_id = pot->id.text;
        event.pot = name;
    } else {
        event.details["fscomp"] = name;
    }
    // On a full disk there is nowhere else to say it.
    const std::string text = event.type + ": " + name + ": " + reason.message;
    ports_.journal.commit({AppendEvent{event}}, Durability::Observation,
                          [this, text](const Result<std::vector<Event>>& told) {
                              if (!told) return ports_.complain(text);
                              for (const Event& one : *told) ports_.feed.publish(one);
                          },
                          {});
}

}  // namespace potd::core
