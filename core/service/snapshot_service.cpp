#include "core/service/snapshot_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

Error unknown_snapshot(const Pot& pot, std::string_view snapshot) {
    const std::string whose = "pot " + pot.spec.name + " has no snapshot";
    if (snapshot.empty()) return error(ErrorKind::NotFound, whose);
    Error unknown = error(ErrorKind::NotFound, whose + " '" + std::string(snapshot) + "'");
    unknown.field = "snapshot";
    return unknown;
}

}  // namespace

SnapshotService::SnapshotService(Ports ports)
    : ports_(ports),
      book_({ports.journal, ports.feed, ports.executor,
             [&files = ports.files](const SnapshotKey& key) { return files.discard(key); },
             [&files = ports.files](const SnapshotKey& key, Reply<std::int64_t> reply) {
                 files.measure(key, std::move(reply));
             }}) {
    ports_.pots.set_kept_snapshots([this] { return book_.keys(); });
    ports_.pots.add_gone([this](const PotId& id) { book_.drop(id); });
}

void SnapshotService::recover(const std::vector<Snapshot>& stored, std::map<PotId, std::uint32_t> numbers) {
    book_.recover(stored, std::move(numbers));
}

// Reading

Result<PotPtr> SnapshotService::known_pot(std::string_view name) const {
    PotPtr pot = ports_.pots.find(name);
    if (!pot) return error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
    return pot;
}

Result<std::vector<Snapshot>> SnapshotService::list(std::string_view pot) const {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return known.error();
    return book_.of((*known)->id);
}

Result<Snapshot> SnapshotService::pick(const Pot& pot, std::string_view snapshot) const {
    const auto found = book_.pick(pot.id, snapshot);
    return found ? Result<Snapshot>(*found) : Result<Snapshot>(unknown_snapshot(pot, snapshot));
}

Result<Snapshot> SnapshotService::find(std::string_view pot, std::string_view snapshot) const {
    const Result<PotPtr> known = known_pot(pot);
    return known ? pick(**known, snapshot) : Result<Snapshot>(known.error());
}

// What all changes have in common

template <class T>
void SnapshotService::refuse(Reply<T> reply, Error error) {
    reply_later<T>(ports_.executor, std::move(reply), std::move(error));
}

template <class T>
void SnapshotService::while_held(const PotPtr& pot, Reply<T> reply,
                                 std::function<void(const PotPtr&, Reply<T>)> act) {
    ports_.supervisor.hold(
        pot->id, [this, before = pot, reply = std::move(reply), act = std::move(act)](const PotPtr& now) {
            if (!now) {
                reply(error(ErrorKind::NotFound, "pot " + before->spec.name + " was destroyed"));
                return;
            }
            act(now, [this, id = now->id, reply](Result<T> result) {
                ports_.supervisor.let_go(id);
                reply(std::move(result));
            });
        });
}

Status SnapshotService::check_down(const Pot& pot, bool may_run, std::string_view what) const {
    if (pot.state == PotState::Destroying)
        return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is being destroyed");
    if (!is_live(pot.state) || may_run) return {};
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          "; stop it before " + std::string(what) + " (file system driver " +
                                          std::string(ports_.files.name()) + ")");
}

Status SnapshotService::check_unused(const std::vector<Snapshot>& snapshots) const {
    for (const Snapshot& one : snapshots) {
        if (used_.contains(one.key))
            return error(ErrorKind::Conflict, "snapshot " + one.name + " is being copied");
    }
    return {};
}

Event SnapshotService::event_of(std::string_view type, const Pot& pot, const Snapshot& snapshot) const {
    return {0,
            ports_.clock.wall(),
            std::string(type),
            pot.id.text,
            pot.spec.name,
            0,
            {{"snapshot", snapshot.name}, {"number", std::to_string(snapshot.key.number)}}};
}

Event SnapshotService::purged(const Pot& pot, const std::vector<Snapshot>& gone) const {
    Event event = event_of("pot.snapshots_purged", pot, gone.back());
    event.details = {{"snapshots", std::to_string(gone.size())}};
    return event;
}

// Taking

Status SnapshotService::check_take(const Pot& pot, const Taking& request) const {
    if (pot.unfinished)
        return error(ErrorKind::Conflict,
                     "pot " + pot.spec.name + " is being made, no snapshot is taken yet");
    if (pot.spec.security.user_namespace && !ports_.files.abilities().shifted_snapshots) {
        Error refused =
            error(ErrorKind::Unsupported, "security.user_namespace: the file system driver " +
                                              std::string(ports_.files.name()) +
                                              " keeps no snapshots of pots with a user namespace");
        refused.field = "security.user_namespace";
        return refused;
    }
    if (Status labels = check_labels(request.labels); !labels) return labels;
    if (request.name.empty()) return {};
    if (Status named = check_name(request.name); !named) return named;
    if (!pick(pot, request.name)) return {};
    Error taken =
        error(ErrorKind::Conflict, "pot " + pot.spec.name + " has a snapshot '" + request.name + "' already");
    taken.field = "name";
    return taken;
}

void SnapshotService::take(std::string_view pot, const Taking& request, Reply<Snapshot> reply, Along along) {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return refuse(std::move(reply), known.error());
    while_held<Snapshot>(
        *known, std::move(reply),
        [this, request, along = std::move(along)](const PotPtr& now, const Reply<Snapshot>& answer) {
            Status able = check_take(*now, request);
            const bool live = ports_.files.abilities().live_snapshots;
            if (able) able = check_down(*now, live, "a snapshot is taken");
            if (!able) return answer(able.error());
            make(now, request, answer, along);
        });
}

void SnapshotService::make(const PotPtr& pot, const Taking& request, const Reply<Snapshot>& reply,
                           const Along& along) {
    const WallTime now = ports_.clock.wall();
    const Snapshot made = book_.begin(pot->id, request, now);
    std::vector<Snapshot> replaced = book_.replaced(pot->id, request, now);
    if (request.schedule)
        std::erase_if(replaced, [&](const Snapshot& one) { return used_.contains(one.key); });
    if (Status free = check_unused(replaced); !free) return reply(free.error());
    ports_.files.snapshot(made.key, [this, pot, made, replaced, reply, along](Status done) {
        if (!done) return reply(std::move(done).error().in("snapshot of pot " + pot->spec.name));
        std::vector<Event> events{event_of("pot.snapshot_taken", *pot, made)};
        if (made.scheduled) events.back().details["scheduled"] = "true";
        if (made.scheduled && !replaced.empty()) events.push_back(purged(*pot, replaced));
        book_.record(made, replaced, std::move(events), pot.get(), reply, along);
    });
}

// Going back

void SnapshotService::roll_back(std::string_view pot, const GoingBack& request, Reply<PotPtr> reply) {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return refuse(std::move(reply), known.error());
    while_held<PotPtr>(*known, std::move(reply),
                       [this, request](const PotPtr& now, const Reply<PotPtr>& answer) {
                           if (Status down = check_down(*now, false, "it goes back to a snapshot"); !down)
                               return answer(down.error());
                           go_back(now, request, answer);
                       });
}

void SnapshotService::go_back(const PotPtr& pot, const GoingBack& request, const Reply<PotPtr>& reply) {
    const Result<Snapshot> to = pick(*pot, request.snapshot);
    if (!to) return reply(to.error());
    const std::vector<Snapshot> newer = book_.newer_than(*to);
    if (!newer.empty() && !request.destroy_newer) {
        Error refused =
            error(ErrorKind::Conflict, "pot " + pot->spec.name + " has snapshots newer than " + to->name +
                                           ": " + names_of(newer) + "; they go with destroy_newer");
        refused.field = "destroy_newer";
        return reply(std::move(refused));
    }
    if (Status free = check_unused(newer); !free) return reply(free.error());
    ports_.files.rollback(to->key, [this, pot, to = *to, newer, reply](Status done) {
        if (!done) return reply(std::move(done).error().in("pot " + pot->spec.name));
        went_back(pot, to, newer, reply);
    });
}

void SnapshotService::went_back(const PotPtr& pot, const Snapshot& to, const std::vector<Snapshot>& newer,
                                const Reply<PotPtr>& reply) {
    book_.forget(newer, event_of("pot.rolled_back", *pot, to), pot.get(),
                 [pot, reply](const Status& done) {
                     reply(done ? Result<PotPtr>(pot) : Result<PotPtr>(done.error()));
                 },
                 {});
}

// Removing

void SnapshotService::remove(std::string_view pot, std::string_view snapshot, Reply<void> reply,
                             Along along) {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return refuse(std::move(reply), known.error());
    while_held<void>(*known, std::move(reply),
                     [this, snapshot = std::string(snapshot), along = std::move(along)](
                         const PotPtr& now, const Reply<void>& answer) {
                         const Result<Snapshot> found = pick(*now, snapshot);
                         if (!found) return answer(found.error());
                         if (Status free = check_unused({*found}); !free) return answer(free);
                         book_.forget({*found}, event_of("pot.snapshot_removed", *now, *found), now.get(),
                                      answer, along);
                     });
}

void SnapshotService::purge(std::string_view pot, const Purging& request, Reply<std::vector<Snapshot>> reply,
                            Along along) {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return refuse(std::move(reply), known.error());
    using Removed = Reply<std::vector<Snapshot>>;
    while_held<std::vector<Snapshot>>(
        *known, std::move(reply),
        [this, request, along = std::move(along)](const PotPtr& now, const Removed& answer) {
            std::vector<Snapshot> old = book_.chosen(now->id, request, ports_.clock.wall());
            std::erase_if(old, [&](const Snapshot& one) { return used_.contains(one.key); });
            if (old.empty()) return answer(std::vector<Snapshot>{});
            book_.forget(
                old, purged(*now, old), now.get(),
                [answer, old](const Status& done) {
                    answer(done ? Result<std::vector<Snapshot>>(old)
                                : Result<std::vector<Snapshot>>(done.error()));
                },
                along);
        });
}

}  // namespace potd::core
