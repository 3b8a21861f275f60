#include "core/service/snapshot_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

std::string names_of(const std::vector<Snapshot>& snapshots) {
    constexpr std::size_t most_named = 5;
    std::string text;
    for (std::size_t i = 0; i < snapshots.size() && i < most_named; ++i)
        text += (i == 0 ? "" : ", ") + snapshots[i].name;
    if (snapshots.size() > most_named)
        text += " and " + std::to_string(snapshots.size() - most_named) + " more";
    return text;
}

Error unknown_snapshot(const Pot& pot, std::string_view snapshot) {
    const std::string name(snapshot);
    return error(ErrorKind::NotFound, snapshot.empty()
                                          ? "pot " + pot.spec.name + " has no snapshot"
                                          : "pot " + pot.spec.name + " has no snapshot '" + name + "'");
}

}  // namespace

SnapshotService::SnapshotService(Ports ports) : ports_(ports) {
    ports_.pots.set_kept_snapshots([this] {
        std::vector<SnapshotKey> keys;
        for (const auto& [key, snapshot] : kept_) keys.push_back(key);
        return keys;
    });
    ports_.pots.set_gone([this](const PotId& id) {
        std::erase_if(kept_, [&](const auto& item) { return item.first.pot == id; });
        std::erase_if(sizes_, [&](const auto& item) { return item.first.pot == id; });
        numbers_.erase(id);
    });
}

void SnapshotService::recover(const std::vector<Snapshot>& stored, std::map<PotId, std::uint32_t> numbers) {
    for (const Snapshot& snapshot : stored) kept_[snapshot.key] = snapshot;
    numbers_ = std::move(numbers);
}

// Reading

Result<PotPtr> SnapshotService::known_pot(std::string_view name) const {
    PotPtr pot = ports_.pots.find(name);
    if (!pot) return error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
    return pot;
}

std::vector<Snapshot> SnapshotService::of(const PotId& pot) const {
    std::vector<Snapshot> found;
    for (auto next = kept_.lower_bound({pot, 0}); next != kept_.end() && next->first.pot == pot; ++next)
        found.push_back(next->second);
    return found;
}

Result<std::vector<Snapshot>> SnapshotService::list(std::string_view pot) const {
    const Result<PotPtr> known = known_pot(pot);
    if (!known) return known.error();
    return of((*known)->id);
}

Result<Snapshot> SnapshotService::pick(const Pot& pot, std::string_view snapshot) const {
    const std::vector<Snapshot> all = of(pot.id);
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Snapshot& one) {
        return snapshot.empty() || one.name == snapshot || std::to_string(one.key.number) == snapshot;
    });
    if (found == all.rend()) return unknown_snapshot(pot, snapshot);
    return *found;
}

Result<Snapshot> SnapshotService::find(std::string_view pot, std::string_view snapshot) const {
    const Result<PotPtr> known = known_pot(pot);
    return known ? pick(**known, snapshot) : Result<Snapshot>(known.error());
}

void SnapshotService::measure(const std::vector<Snapshot>& snapshots,
                              Reply<std::vector<std::int64_t>> reply) {
    struct Progress {
        std::vector<std::int64_t> bytes;
        std::size_t left = 1;  // so that it does not end before the last was begun
        Reply<std::vector<std::int64_t>> reply;
    };
    auto progress = std::make_shared<Progress>();
    progress->bytes.resize(snapshots.size());
    progress->reply = std::move(reply);
    const auto one_less = [progress] {
        if (--progress->left == 0) progress->reply(std::move(progress->bytes));
    };
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        const SnapshotKey key = snapshots[i].key;
        if (const auto known = sizes_.find(key); known != sizes_.end()) {
            progress->bytes[i] = known->second;
            continue;
        }
        ++progress->left;
        ports_.files.measure(key, [this, key, i, progress, one_less](const Result<std::int64_t>& size) {
            if (size) progress->bytes[i] = *size;
            if (size && kept_.contains(key)) sizes_[key] = *size;
            one_less();
        });
    }
    ports_.executor.post(one_less);
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
            return error(ErrorKind::Conflict, "snapshot " + one.name + " is being cloned");
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
    Snapshot made;
    made.key = {pot->id, numbers_[pot->id] + 1};
    made.created_at = ports_.clock.wall();
    made.name = request.name.empty() ? default_snapshot_name(made.created_at, made.key.number) : request.name;
    std::vector<Snapshot> replaced = of(pot->id);
    replaced.resize(request.replace_oldest ? std::min<std::size_t>(replaced.size(), 1) : 0);
    if (Status free = check_unused(replaced); !free) return reply(free.error());
    ports_.files.snapshot(made.key, [this, pot, made, replaced, reply, along](Status done) {
        if (!done) return reply(std::move(done).error().in("snapshot of pot " + pot->spec.name));
        record(pot, made, replaced, reply, along);
    });
}

void SnapshotService::record(const PotPtr& pot, const Snapshot& made, const std::vector<Snapshot>& replaced,
                             const Reply<Snapshot>& reply, const Along& along) {
    std::vector<Change> changes;
    for (const Snapshot& one : replaced) changes.emplace_back(RemoveSnapshot{one.key});
    changes.emplace_back(PutSnapshot{made});
    changes.emplace_back(AppendEvent{event_of("pot.snapshot_taken", *pot, made)});
    if (along) along.board(changes, pot.get());
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, made, replaced, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        for (const Snapshot& one : replaced) {
            kept_.erase(one.key);
            sizes_.erase(one.key);
        }
        kept_[made.key] = made;
        numbers_[made.key.pot] = made.key.number;
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, made, replaced, stored, reply](Status status) {
        // What was not recorded goes again; what resists is swept at the next start.
        if (!*stored) static_cast<void>(ports_.files.discard(made.key));
        for (const Snapshot& one : replaced) {
            if (status) status = ports_.files.discard(one.key);
        }
        reply(status ? Result<Snapshot>(made) : Result<Snapshot>(std::move(status).error()));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
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
    std::vector<Snapshot> newer = of(pot->id);
    std::erase_if(newer, [&](const Snapshot& one) { return one.key.number <= to->key.number; });
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
    forget(pot, newer, event_of("pot.rolled_back", *pot, to),
           [pot, reply](Status done) { reply(done ? Result<PotPtr>(pot) : Result<PotPtr>(done.error())); },
           {});
}

// Removing

void SnapshotService::forget(const PotPtr& pot, const std::vector<Snapshot>& snapshots, Event event,
                             Reply<void> reply, const Along& along) {
    std::vector<Change> changes;
    for (const Snapshot& one : snapshots) changes.emplace_back(RemoveSnapshot{one.key});
    changes.emplace_back(AppendEvent{std::move(event)});
    if (along) along.board(changes, pot.get());
    auto recorded = [this, snapshots, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        for (const Snapshot& one : snapshots) {
            kept_.erase(one.key);
            sizes_.erase(one.key);
        }
        for (const Event& one : *result) ports_.feed.publish(one);
    };
    // The files cannot come back, so they go once a power cut cannot bring back the rows.
    auto durable = [this, snapshots, reply = std::move(reply)](Status status) {
        if (!status) return reply(std::move(status));
        for (const Snapshot& one : snapshots) {
            Status gone = ports_.files.discard(one.key);
            if (!gone && status) status = std::move(gone).in("snapshot " + one.name);
        }
        reply(std::move(status));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

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
                         forget(now, {*found}, event_of("pot.snapshot_removed", *now, *found), answer, along);
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
            std::vector<Snapshot> old = of(now->id);
            old.resize(old.size() - std::min(old.size(), request.keep));
            const WallTime wall = ports_.clock.wall();
            std::erase_if(old, [&](const Snapshot& one) {
                const bool young =
                    request.older_than && wall.ms - one.created_at.ms < request.older_than->count();
                return young || used_.contains(one.key);
            });
            if (old.empty()) return answer(std::vector<Snapshot>{});
            Event event = event_of("pot.snapshots_purged", *now, old.back());
            event.details = {{"snapshots", std::to_string(old.size())}};
            forget(
                now, old, std::move(event),
                [answer, old](Status done) {
                    answer(done ? Result<std::vector<Snapshot>>(old)
                                : Result<std::vector<Snapshot>>(done.error()));
                },
                along);
        });
}

}  // namespace potd::core
