#include "core/service/volume_snapshots.hpp"

#include "core/model/names.hpp"
#include "core/model/snapshot.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

namespace potd::core {
namespace {

Error no_such_snapshot(std::string_view volume, std::string_view snapshot) {
    const std::string whose = "fscomp " + std::string(volume) + " has no snapshot";
    if (snapshot.empty()) return error(ErrorKind::NotFound, whose);
    Error unknown = error(ErrorKind::NotFound, whose + " '" + std::string(snapshot) + "'");
    unknown.field = "snapshot";
    return unknown;
}

}  // namespace

VolumeSnapshots::VolumeSnapshots(Ports ports)
    : ports_(std::move(ports)),
      book_({ports_.journal, ports_.feed, ports_.executor,
             [&store = ports_.store](const VolumeSnapshotKey& key) { return store.discard(key); },
             [&store = ports_.store](const VolumeSnapshotKey& key, Reply<std::int64_t> reply) {
                 store.measure(key, std::move(reply));
             }}) {
    ports_.volumes.set_gone([this](const std::string& volume) { book_.drop(volume); });
}

void VolumeSnapshots::recover(const std::vector<VolumeSnapshot>& stored,
                              std::map<std::string, std::uint32_t> numbers) {
    book_.recover(stored, std::move(numbers));
}

// Reading

Result<std::vector<VolumeSnapshot>> VolumeSnapshots::list(std::string_view volume) const {
    if (ports_.volumes.find(volume) == nullptr) return VolumeService::unknown(volume);
    return book_.of(std::string(volume));
}

Result<VolumeSnapshot> VolumeSnapshots::pick(std::string_view volume, std::string_view snapshot) const {
    const auto found = book_.pick(std::string(volume), snapshot);
    return found ? Result<VolumeSnapshot>(*found)
                 : Result<VolumeSnapshot>(no_such_snapshot(volume, snapshot));
}

Result<VolumeSnapshot> VolumeSnapshots::find(std::string_view volume, std::string_view snapshot) const {
    if (ports_.volumes.find(volume) == nullptr) return VolumeService::unknown(volume);
    return pick(volume, snapshot);
}

// What all changes have in common

template <class T>
void VolumeSnapshots::while_worked_on(std::string_view volume, Reply<T> reply,
                                      const std::function<void(const std::string&, Reply<T>)>& act) {
    if (Status begun = ports_.volumes.begin_work(volume); !begun)
        return reply_later<T>(ports_.executor, std::move(reply), std::move(begun).error());
    const std::string name(volume);
    act(name, [this, name, reply = std::move(reply)](Result<T> result) {
        ports_.volumes.end_work(name);
        reply(std::move(result));
    });
}

Status VolumeSnapshots::check_rests(const Pot& pot, const std::string& volume, bool readers_may_run) const {
    if (!is_live(pot.state) && pot.state != PotState::Destroying) return {};
    const bool reads =
        std::none_of(pot.spec.mounts.begin(), pot.spec.mounts.end(), [&](const MountSpec& one) {
            return one.kind == MountSpec::Kind::Volume && one.source == volume && !one.read_only;
        });
    if (readers_may_run && reads) return {};
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " mounts it and is " +
                                          std::string(to_string(pot.state)) + "; stop it first");
}

void VolumeSnapshots::while_pots_rest(const std::string& volume, bool readers_may_run,
                                      const Reply<void>& reply, std::function<void(Reply<void>)> act) {
    // In the order of their ids, so that two that hold several never wait for each other.
    std::set<PotId> pots;
    const VolumeService::Uses uses = ports_.volumes.uses();
    if (const auto found = uses.find(volume); found != uses.end()) {
        for (const VolumeUse& use : found->second) {
            if (const PotPtr pot = ports_.pot(use.pot)) pots.insert(pot->id);
        }
    }
    hold_next({pots.begin(), pots.end()}, 0, readers_may_run, volume, reply, std::move(act));
}

/// `held` of `pots` stand still by now.
void VolumeSnapshots::hold_next(std::vector<PotId> pots, std::size_t held, bool readers_may_run,
                                const std::string& volume, const Reply<void>& reply,
                                std::function<void(Reply<void>)> act) {
    const auto let_go = [this, pots, reply](std::size_t count, Status status) {
        for (std::size_t i = 0; i < count; ++i) ports_.supervisor.let_go(pots[i]);
        reply(std::move(status));
    };
    if (held == pots.size()) return act([let_go, held](Status status) { let_go(held, std::move(status)); });
    const PotId next = pots[held];
    ports_.supervisor.hold(next, [this, pots = std::move(pots), held, readers_may_run, volume, let_go, reply,
                                  act = std::move(act)](const PotPtr& now) mutable {
        if (!now) {  // gone, and so not held
            pots.erase(pots.begin() + static_cast<std::ptrdiff_t>(held));
            return hold_next(std::move(pots), held, readers_may_run, volume, reply, std::move(act));
        }
        if (Status rests = check_rests(*now, volume, readers_may_run); !rests)
            return let_go(held + 1, std::move(rests));
        hold_next(std::move(pots), held + 1, readers_may_run, volume, reply, std::move(act));
    });
}

Event VolumeSnapshots::event_of(std::string_view type, const VolumeSnapshot& snapshot) const {
    return {0,
            ports_.clock.wall(),
            std::string(type),
            {},
            {},
            0,
            {{"fscomp", snapshot.key.volume},
             {"snapshot", snapshot.name},
             {"number", std::to_string(snapshot.key.number)}}};
}

Event VolumeSnapshots::purged(const std::vector<VolumeSnapshot>& gone) const {
    Event event = event_of("fscomp.snapshots_purged", gone.back());
    event.details = {{"fscomp", gone.back().key.volume}, {"snapshots", std::to_string(gone.size())}};
    return event;
}

// Taking

Status VolumeSnapshots::check_take(const std::string& volume, const Taking& request) const {
    if (Status labels = check_labels(request.labels); !labels) return labels;
    if (request.name.empty()) return {};
    if (Status legal = check_name(request.name); !legal) return legal;
    if (!pick(volume, request.name)) return {};
    Error taken =
        error(ErrorKind::Conflict, "fscomp " + volume + " has a snapshot '" + request.name + "' already");
    taken.field = "name";
    return taken;
}

void VolumeSnapshots::take(std::string_view volume, const Taking& request, Reply<VolumeSnapshot> reply,
                           Along along) {
    while_worked_on<VolumeSnapshot>(
        volume, std::move(reply),
        [this, request, along = std::move(along)](const std::string& name,
                                                  const Reply<VolumeSnapshot>& answer) {
            if (Status able = check_take(name, request); !able)
                return reply_later<VolumeSnapshot>(ports_.executor, answer, std::move(able).error());
            const WallTime now = ports_.clock.wall();
            const VolumeSnapshot made = book_.begin(name, request, now);
            const std::vector<VolumeSnapshot> replaced = book_.replaced(name, request, now);
            make(made, [this, made, replaced, answer, along](Status done) {
                if (!done) return answer(std::move(done).error().in("snapshot of fscomp " + made.key.volume));
                std::vector<Event> events{event_of("fscomp.snapshot_taken", made)};
                if (made.scheduled) events.back().details["scheduled"] = "true";
                if (made.scheduled && !replaced.empty()) events.push_back(purged(replaced));
                book_.record(made, replaced, std::move(events), nullptr, answer, along);
            });
        });
}

void VolumeSnapshots::make(const VolumeSnapshot& made, Reply<void> reply) {
    if (ports_.store.shares(made.key.volume)) return ports_.store.snapshot(made.key, std::move(reply));
    while_pots_rest(made.key.volume, true, reply, [this, key = made.key](Reply<void> done) {
        ports_.store.snapshot(key, std::move(done));
    });
}

// Going back

void VolumeSnapshots::roll_back(std::string_view volume, const GoingBack& request, Reply<Volume> reply) {
    while_worked_on<Volume>(
        volume, std::move(reply), [this, request](const std::string& name, const Reply<Volume>& answer) {
            const auto refuse = [&](Error error) {
                reply_later<Volume>(ports_.executor, answer, std::move(error));
            };
            const Result<VolumeSnapshot> to = pick(name, request.snapshot);
            if (!to) return refuse(to.error());
            const std::vector<VolumeSnapshot> newer = book_.newer_than(*to);
            if (!newer.empty() && !request.destroy_newer) {
                Error refused =
                    error(ErrorKind::Conflict, "fscomp " + name + " has snapshots newer than " + to->name +
                                                   ": " + names_of(newer) + "; they go with destroy_newer");
                refused.field = "destroy_newer";
                return refuse(std::move(refused));
            }
            while_pots_rest(
                name, false,
                [this, name, answer](const Status& done) {
                    if (done) return answer(*ports_.volumes.find(name));
                    answer(Error(done.error()).in("fscomp " + name));
                },
                [this, to = *to, newer](const Reply<void>& done) { go_back(to, newer, done); });
        });
}

void VolumeSnapshots::go_back(const VolumeSnapshot& to, const std::vector<VolumeSnapshot>& newer,
                              const Reply<void>& reply) {
    ports_.store.rollback(to.key, [this, to, newer, reply](Status done) {
        if (!done) return reply(std::move(done));
        book_.forget(newer, event_of("fscomp.rolled_back", to), nullptr, reply, {});
    });
}

// Removing

void VolumeSnapshots::remove(std::string_view volume, std::string_view snapshot, Reply<void> reply,
                             Along along) {
    while_worked_on<void>(volume, std::move(reply),
                          [this, which = std::string(snapshot), along = std::move(along)](
                              const std::string& name, const Reply<void>& answer) {
                              const Result<VolumeSnapshot> found = pick(name, which);
                              if (!found) return reply_later<void>(ports_.executor, answer, found.error());
                              book_.forget({*found}, event_of("fscomp.snapshot_removed", *found), nullptr,
                                           answer, along);
                          });
}

void VolumeSnapshots::purge(std::string_view volume, const Purging& request,
                            Reply<std::vector<VolumeSnapshot>> reply, Along along) {
    using Removed = std::vector<VolumeSnapshot>;
    while_worked_on<Removed>(
        volume, std::move(reply),
        [this, request, along = std::move(along)](const std::string& name, const Reply<Removed>& answer) {
            const Removed old = book_.chosen(name, request, ports_.clock.wall());
            if (old.empty()) return reply_later<Removed>(ports_.executor, answer, Removed{});
            book_.forget(
                old, purged(old), nullptr,
                [answer, old](const Status& done) {
                    answer(done ? Result<Removed>(old) : Result<Removed>(done.error()));
                },
                along);
        });
}

// Cloning

void VolumeSnapshots::clone(std::string_view source, const Cloning& request, Reply<Volume> reply,
                            Along along) {
    const Result<std::vector<VolumeSnapshot>> known = list(source);
    const bool missing = known && known->empty() && request.snapshot.empty();
    if (missing && !request.take) {
        Error none = error(ErrorKind::Conflict, "fscomp " + std::string(source) +
                                                    " has no snapshot to clone; take one, or ask for it with "
                                                    "take_snapshot");
        none.field = "take_snapshot";
        return reply_later<Volume>(ports_.executor, std::move(reply), std::move(none));
    }
    if (!missing) return copy(source, request, std::move(reply), std::move(along));
    // What is refused leaves no snapshot behind.
    if (Status able = ports_.volumes.check_creatable(source, request.name, request.quota); !able)
        return reply_later<Volume>(ports_.executor, std::move(reply), std::move(able).error());
    take(source, {},
         [this, source = std::string(source), request, reply, along](const Result<VolumeSnapshot>& taken) {
             if (!taken) return reply(taken.error());
             Cloning of_it = request;
             of_it.snapshot = taken->name;
             copy(source, of_it, reply, along);
         });
}

void VolumeSnapshots::copy(std::string_view source, const Cloning& request, Reply<Volume> reply,
                           Along along) {
    while_worked_on<Volume>(
        source, std::move(reply),
        [this, request, along = std::move(along)](const std::string& name, const Reply<Volume>& answer) {
            const Result<VolumeSnapshot> found = pick(name, request.snapshot);
            if (!found) return reply_later<Volume>(ports_.executor, answer, found.error());
            ports_.volumes.create_of(found->key, request.name, request.quota, answer, along);
        });
}

}  // namespace potd::core
