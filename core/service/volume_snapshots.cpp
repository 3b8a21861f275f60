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

std::string some_names(const std::vector<VolumeSnapshot>& snapshots) {
    constexpr std::size_t most_named = 5;
    std::string text;
    for (std::size_t i = 0; i < snapshots.size() && i < most_named; ++i)
        text += (i == 0 ? "" : ", ") + snapshots[i].name;
    if (snapshots.size() > most_named)
        text += " and " + std::to_string(snapshots.size() - most_named) + " more";
    return text;
}

Error no_such_snapshot(std::string_view volume, std::string_view snapshot) {
    const std::string whose = "fscomp " + std::string(volume) + " has no snapshot";
    return error(ErrorKind::NotFound, snapshot.empty() ? whose : whose + " '" + std::string(snapshot) + "'");
}

}  // namespace

VolumeSnapshots::VolumeSnapshots(Ports ports) : ports_(std::move(ports)) {
    ports_.volumes.set_gone([this](const std::string& volume) {
        std::erase_if(kept_, [&](const auto& item) { return item.first.volume == volume; });
        numbers_.erase(volume);
    });
}

void VolumeSnapshots::recover(const std::vector<VolumeSnapshot>& stored,
                              std::map<std::string, std::uint32_t> numbers) {
    for (const VolumeSnapshot& snapshot : stored) kept_[snapshot.key] = snapshot;
    numbers_ = std::move(numbers);
}

// Reading

std::vector<VolumeSnapshot> VolumeSnapshots::of(std::string_view volume) const {
    std::vector<VolumeSnapshot> found;
    for (auto next = kept_.lower_bound({std::string(volume), 0});
         next != kept_.end() && next->first.volume == volume; ++next)
        found.push_back(next->second);
    return found;
}

Result<std::vector<VolumeSnapshot>> VolumeSnapshots::list(std::string_view volume) const {
    if (ports_.volumes.find(volume) == nullptr) return VolumeService::unknown(volume);
    return of(volume);
}

Result<VolumeSnapshot> VolumeSnapshots::pick(std::string_view volume, std::string_view snapshot) const {
    const std::vector<VolumeSnapshot> all = of(volume);
    const auto found = std::find_if(all.rbegin(), all.rend(), [&](const VolumeSnapshot& one) {
        return snapshot.empty() || one.name == snapshot || std::to_string(one.key.number) == snapshot;
    });
    if (found == all.rend()) return no_such_snapshot(volume, snapshot);
    return *found;
}

Result<VolumeSnapshot> VolumeSnapshots::find(std::string_view volume, std::string_view snapshot) const {
    if (ports_.volumes.find(volume) == nullptr) return VolumeService::unknown(volume);
    return pick(volume, snapshot);
}

void VolumeSnapshots::measure(std::vector<VolumeSnapshot> snapshots,
                              Reply<std::vector<std::int64_t>> reply) const {
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
        ++progress->left;
        ports_.store.measure(snapshots[i].key, [progress, i, one_less](const Result<std::int64_t>& size) {
            if (size) progress->bytes[i] = *size;
            one_less();
        });
    }
    ports_.executor.post(one_less);
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

void VolumeSnapshots::while_pots_rest(const std::string& volume, bool readers_may_run, Reply<void> reply,
                                      std::function<void(Reply<void>)> act) {
    // In the order of their ids, so that two that hold several never wait for each other.
    std::set<PotId> pots;
    const VolumeService::Uses uses = ports_.volumes.uses();
    if (const auto found = uses.find(volume); found != uses.end()) {
        for (const VolumeUse& use : found->second) {
            if (const PotPtr pot = ports_.pot(use.pot)) pots.insert(pot->id);
        }
    }
    hold_next({pots.begin(), pots.end()}, 0, readers_may_run, volume, std::move(reply), std::move(act));
}

/// `held` of `pots` stand still by now.
void VolumeSnapshots::hold_next(std::vector<PotId> pots, std::size_t held, bool readers_may_run,
                                const std::string& volume, Reply<void> reply,
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

// Taking

Status VolumeSnapshots::check_name_free(const std::string& volume, const std::string& name) const {
    if (name.empty()) return {};
    if (Status legal = check_name(name); !legal) return legal;
    if (!pick(volume, name)) return {};
    Error taken = error(ErrorKind::Conflict, "fscomp " + volume + " has a snapshot '" + name + "' already");
    taken.field = "name";
    return taken;
}

void VolumeSnapshots::take(std::string_view volume, const Taking& request, Reply<VolumeSnapshot> reply,
                           Along along) {
    while_worked_on<VolumeSnapshot>(
        volume, std::move(reply),
        [this, request, along = std::move(along)](const std::string& name,
                                                  const Reply<VolumeSnapshot>& answer) {
            if (Status able = check_name_free(name, request.name); !able)
                return reply_later<VolumeSnapshot>(ports_.executor, answer, std::move(able).error());
            VolumeSnapshot made{{name, numbers_[name] + 1}, request.name, ports_.clock.wall()};
            if (made.name.empty()) made.name = default_snapshot_name(made.created_at, made.key.number);
            std::vector<VolumeSnapshot> replaced = of(name);
            replaced.resize(request.replace_oldest ? std::min<std::size_t>(replaced.size(), 1) : 0);
            make(made, [this, made, replaced, answer, along](Status done) {
                if (!done) return answer(std::move(done).error().in("snapshot of fscomp " + made.key.volume));
                record(made, replaced, answer, along);
            });
        });
}

void VolumeSnapshots::make(const VolumeSnapshot& made, Reply<void> reply) {
    if (ports_.store.shares()) return ports_.store.snapshot(made.key, std::move(reply));
    while_pots_rest(made.key.volume, true, std::move(reply), [this, key = made.key](Reply<void> done) {
        ports_.store.snapshot(key, std::move(done));
    });
}

void VolumeSnapshots::record(const VolumeSnapshot& made, const std::vector<VolumeSnapshot>& replaced,
                             const Reply<VolumeSnapshot>& reply, const Along& along) {
    std::vector<Change> changes;
    for (const VolumeSnapshot& one : replaced) changes.emplace_back(RemoveVolumeSnapshot{one.key});
    changes.emplace_back(PutVolumeSnapshot{made});
    changes.emplace_back(AppendEvent{event_of("fscomp.snapshot_taken", made)});
    if (along) along.board(changes, nullptr);
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, made, replaced, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        for (const VolumeSnapshot& one : replaced) kept_.erase(one.key);
        kept_[made.key] = made;
        numbers_[made.key.volume] = made.key.number;
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, made, replaced, stored, reply](Status status) {
        // What was not recorded goes again; what resists is swept at the next start.
        if (!*stored) static_cast<void>(ports_.store.discard(made.key));
        for (const VolumeSnapshot& one : replaced) {
            if (status) status = ports_.store.discard(one.key);
        }
        reply(status ? Result<VolumeSnapshot>(made) : Result<VolumeSnapshot>(std::move(status).error()));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
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
            std::vector<VolumeSnapshot> newer = of(name);
            std::erase_if(newer, [&](const auto& one) { return one.key.number <= to->key.number; });
            if (!newer.empty() && !request.destroy_newer) {
                Error refused =
                    error(ErrorKind::Conflict, "fscomp " + name + " has snapshots newer than " + to->name +
                                                   ": " + some_names(newer) + "; they go with destroy_newer");
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
        forget(newer, event_of("fscomp.rolled_back", to), reply, {});
    });
}

// Removing

void VolumeSnapshots::forget(const std::vector<VolumeSnapshot>& snapshots, Event event, Reply<void> reply,
                             const Along& along) {
    std::vector<Change> changes;
    for (const VolumeSnapshot& one : snapshots) changes.emplace_back(RemoveVolumeSnapshot{one.key});
    changes.emplace_back(AppendEvent{std::move(event)});
    if (along) along.board(changes, nullptr);
    auto recorded = [this, snapshots, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        for (const VolumeSnapshot& one : snapshots) kept_.erase(one.key);
        for (const Event& one : *result) ports_.feed.publish(one);
    };
    // The files cannot come back, so they go once a power cut cannot bring back the rows.
    auto durable = [this, snapshots, reply = std::move(reply)](Status status) {
        if (!status) return reply(std::move(status));
        for (const VolumeSnapshot& one : snapshots) {
            Status gone = ports_.store.discard(one.key);
            if (!gone && status) status = std::move(gone).in("snapshot " + one.name);
        }
        reply(std::move(status));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

void VolumeSnapshots::remove(std::string_view volume, std::string_view snapshot, Reply<void> reply,
                             Along along) {
    while_worked_on<void>(volume, std::move(reply),
                          [this, which = std::string(snapshot), along = std::move(along)](
                              const std::string& name, const Reply<void>& answer) {
                              const Result<VolumeSnapshot> found = pick(name, which);
                              if (!found) return reply_later<void>(ports_.executor, answer, found.error());
                              forget({*found}, event_of("fscomp.snapshot_removed", *found), answer, along);
                          });
}

void VolumeSnapshots::purge(std::string_view volume, const Purging& request,
                            Reply<std::vector<VolumeSnapshot>> reply, Along along) {
    using Removed = std::vector<VolumeSnapshot>;
    while_worked_on<Removed>(
        volume, std::move(reply),
        [this, request, along = std::move(along)](const std::string& name, const Reply<Removed>& answer) {
            Removed old = of(name);
            old.resize(old.size() - std::min(old.size(), request.keep));
            const WallTime wall = ports_.clock.wall();
            std::erase_if(old, [&](const VolumeSnapshot& one) {
                return request.older_than && wall.ms - one.created_at.ms < request.older_than->count();
            });
            if (old.empty()) return reply_later<Removed>(ports_.executor, answer, Removed{});
            Event event = event_of("fscomp.snapshots_purged", old.back());
            event.details = {{"fscomp", name}, {"snapshots", std::to_string(old.size())}};
            forget(
                old, std::move(event),
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
            ports_.volumes.create_of(found->key, request.name, answer, along);
        });
}

}  // namespace potd::core
