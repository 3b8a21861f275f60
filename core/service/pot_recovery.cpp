#include "core/service/pot_service.hpp"

#include <memory>
#include <utility>

// What PotService does once, at start-up: make every stored state true again.

namespace potd::core {
namespace {

ExitRecord lost(WallTime now, std::string reason) {
    ExitRecord record;
    record.ended_at = now;
    record.lost = true;
    record.reason = std::move(reason);
    return record;
}

/// Whether the run may have something on the machine.
bool may_exist(const Pot& pot) {
    if (pot.state == PotState::Backoff) return false;
    const RunStage stage = pot.run->stage;
    return stage >= RunStage::Launching && stage <= RunStage::Releasing;
}

Recovered finding_of(Adopted adopted) {
    Recovered event;
    switch (adopted.kind) {
        case Adopted::Kind::Starting: event.finding = Recovered::Finding::Starting; break;
        case Adopted::Kind::Running: event.finding = Recovered::Finding::Running; break;
        case Adopted::Kind::Absent: event.finding = Recovered::Finding::Absent; break;
        case Adopted::Kind::Ended:
        case Adopted::Kind::Lost: event.finding = Recovered::Finding::Ended; break;
    }
    event.processes = adopted.processes;
    event.started_at = adopted.started_at;
    event.record = std::move(adopted.end);
    return event;
}

}  // namespace

void PotService::recover(const std::vector<Pot>& stored, Reply<void> reply) {
    Status networks = settle_networks(stored);
    for (const Pot& pot : stored) {
        by_name_[pot.spec.name] = pot.id;
        bridges_.record(pot);
        ports_.ids.mark(pot.first_host_id);
        const PotPtr added = supervisor_.add(pot);
        health_.on_change(pot.id, added);
        unstarted_.on_change(pot.id, added);
    }
    // One more than there are pots: the sweep must not start before the loop is through.
    auto pending = std::make_shared<std::size_t>(1);
    const std::function<void()> settled = [this, pending, networks = std::move(networks),
                                           reply = std::move(reply)] {
        if (--*pending > 0) return;
        names_.settle();
        run_limits_.settle([this, networks, reply] {
            sweep([networks, reply](const Status& swept) { reply(networks ? swept : networks); });
        });
    };
    for (const Pot& pot : stored) {
        if (!pot.run || (!is_live(pot.state) && pot.state != PotState::Backoff)) continue;
        ++*pending;
        adopt(pot, settled);
    }
    ports_.executor.post(settled);
}

/// Before anything else: a run that is launched meanwhile adds to what is there.
Status PotService::settle_networks(const std::vector<Pot>& stored) const {
    std::vector<std::pair<RunKey, const Pot*>> live;
    for (const Pot& pot : stored) {
        const bool up = pot.run && is_live(pot.state) && may_exist(pot) && pot.run->boot_id == ports_.boot_id;
        if (up) live.emplace_back(RunKey{pot.id, pot.run->number}, &pot);
    }
    return bridges_.settle(live).in("networks");
}

void PotService::adopt(const Pot& pot, const std::function<void()>& settled) {
    const RunKey key{pot.id, pot.run->number};
    if (pot.run->boot_id != ports_.boot_id && pot.state != PotState::Backoff) {
        Recovered event;
        event.record = lost(ports_.clock.wall(), "lost: the machine was restarted");
        supervisor_.observe(pot.id, event);
        supervisor_.when_settled(pot.id, settled);
        return;
    }
    if (!may_exist(pot)) {
        Recovered event;
        event.finding = Recovered::Finding::Starting;
        supervisor_.observe(pot.id, event);
        supervisor_.when_settled(pot.id, settled);
        return;
    }
    ports_.runtime.adopt(key, pot.run->processes, [this, key, settled](Result<Adopted> result) {
        Adopted adopted;
        if (result)
            adopted = *std::move(result);
        else
            adopted.end = lost(ports_.clock.wall(), "lost: " + result.error().message);
        supervisor_.observe(key.pot, finding_of(std::move(adopted)));
        supervisor_.when_settled(key.pot, settled);
    });
}

/// Of one moment, pots and snapshots: what goes meanwhile is not gone for good before that is on the disk.
void PotService::sweep(Reply<void> reply) {
    const auto kept = kept_snapshots_ ? kept_snapshots_() : std::vector<SnapshotKey>{};
    std::vector<PotId> known;
    known.reserve(by_name_.size());
    for (const auto& [name, id] : by_name_) known.push_back(id);
    ports_.runtime.sweep(supervisor_.live_runs(), [this, known = std::move(known), kept,
                                                   reply = std::move(reply)](const auto& removed) {
        DiskLimits limits;
        for (const PotId& id : known) {
            const PotPtr pot = supervisor_.find(id);
            if (pot && disk_limit(pot->spec.limits) != 0) limits[id] = pot->spec.limits.disk;
        }
        Status swept = ports_.files.sweep(known, kept, limits);
        if (!removed) swept = removed.error();
        bases_.settle(
            [swept = std::move(swept), reply](const Status& ended) { reply(swept ? ended : swept); });
    });
}

}  // namespace potd::core
