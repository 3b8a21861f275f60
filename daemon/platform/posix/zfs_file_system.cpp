#include "daemon/platform/posix/zfs_file_system.hpp"

#include "daemon/platform/posix/mount_point.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"

#include <set>
#include <utility>

namespace potd::platform {
namespace {

core::Status fill_from(const std::string& base, const std::string& root, const std::atomic<bool>& stop) {
    auto from = open_directory(base);
    if (!from) return std::move(from).error();
    auto to = open_directory(root);
    if (!to) return std::move(to).error();
    TreeCopyOptions options;
    options.stop = &stop;
    return copy_tree(from->get(), to->get(), options);
}

}  // namespace

ZfsFileSystem::~ZfsFileSystem() {
    for (auto& [id, stop] : busy_) stop->store(true);
}

core::StorageAbilities ZfsFileSystem::abilities() const {
    core::StorageAbilities abilities;
    abilities.shares = true;
    abilities.live_snapshots = true;
    abilities.shifted_snapshots = true;
    abilities.quotas = true;
    return abilities;
}

void ZfsFileSystem::act(Work work, Done done) {
    auto outcome = std::make_shared<core::Status>();
    auto job = [datasets = datasets_, work = std::move(work), outcome] { *outcome = work(*datasets); };
    auto over = [alive = std::weak_ptr(alive_), done = std::move(done), outcome] {
        if (!alive.expired()) done(std::move(*outcome));
    };
    order_->blocking(std::move(job), std::move(over));
}

void ZfsFileSystem::refuse(core::Reply<void> reply, core::Error error) {
    executor_.post([reply = std::move(reply), error = std::move(error)] { reply(error); });
}

// Pots

void ZfsFileSystem::make(const core::PotId& id, Work work, core::Reply<void> reply) {
    act(std::move(work),
        [this, id, reply = std::move(reply)](core::Status outcome) { reply(made(id, std::move(outcome))); });
}

void ZfsFileSystem::create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) {
    if (busy_.contains(id))
        return refuse(std::move(reply),
                      core::error(core::ErrorKind::Conflict, "pot " + id.text + " is being created"));
    if (auto begun = pots_.begin(id); !begun) return refuse(std::move(reply), std::move(begun).error());
    busy_[id] = std::make_shared<std::atomic<bool>>(false);
    const std::string tree = core::base_tree_name(base.name, base.revision);
    if (base.path != datasets_->place().state_dir + "/bases/" + tree) return fill(id, base, reply);
    act([id, name = tree](const ZfsDatasets& datasets) { return datasets.make_on_base(id, name); },
        [this, id, base, reply = std::move(reply)](core::Status outcome) {
            const bool plain = !outcome && outcome.error().kind == core::ErrorKind::NotFound;
            if (plain && !busy_.at(id)->load()) return fill(id, base, reply);
            reply(made(id, std::move(outcome)));
        });
}

void ZfsFileSystem::fill(const core::PotId& id, const core::Base& base, const core::Reply<void>& reply) {
    auto outcome = std::make_shared<core::Status>();
    auto copy = [from = base.path, to = datasets_->mountpoint(id), stop = busy_.at(id), outcome] {
        *outcome = fill_from(from, to, *stop);
    };
    auto copied = [this, alive = std::weak_ptr(alive_), id, name = base.name, outcome, reply] {
        if (!alive.expired()) reply(made(id, std::move(*outcome).in("copy of base " + name)));
    };
    // The copy itself is not in the order: nobody waits for it but its own pot.
    act([id](const ZfsDatasets& datasets) { return datasets.make_empty(id); },
        [this, id, reply, copy, copied](core::Status empty) {
            if (!empty) return reply(made(id, std::move(empty)));
            executor_.blocking(copy, copied);
        });
}

void ZfsFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) {
    if (auto known = pots_.find(source); !known) return refuse(std::move(reply), std::move(known).error());
    if (busy_.contains(id))
        return refuse(std::move(reply),
                      core::error(core::ErrorKind::Conflict, "pot " + id.text + " is being created"));
    if (auto begun = pots_.begin(id); !begun) return refuse(std::move(reply), std::move(begun).error());
    busy_[id] = std::make_shared<std::atomic<bool>>(false);
    make(
        id, [source, id](const ZfsDatasets& datasets) { return datasets.make_on_snapshot(id, source); },
        std::move(reply));
}

core::Status ZfsFileSystem::made(const core::PotId& id, core::Status outcome) {
    const bool discarded = busy_.at(id)->load();
    busy_.erase(id);
    if (discarded) outcome = core::error(core::ErrorKind::Cancelled, "the pot was destroyed meanwhile");
    if (outcome) outcome = pots_.commit(id);
    if (outcome) return outcome;
    auto undone = discard(id);
    return undone ? outcome : undone;
}

core::Result<core::RootFs> ZfsFileSystem::root(const core::PotId& id, const core::Base& base) {
    if (auto pot = pots_.find(id); !pot) return std::move(pot).error();
    core::RootFs result;
    result.kind = core::RootFs::Kind::Directory;
    result.path = datasets_->mountpoint(id);
    if (!is_mount_point(result.path)) {
        return core::error(core::ErrorKind::Conflict,
                           "the dataset " + datasets_->dataset(id) + " is not mounted on " + result.path +
                               " (or pot " + id.text + " was made by another file system driver than 'zfs')");
    }
    for (const auto& bind : base.binds) result.binds.push_back({bind.source, bind.target, true});
    return result;
}

core::Status ZfsFileSystem::discard(const core::PotId& id) {
    if (const auto busy = busy_.find(id); busy != busy_.end()) {
        busy->second->store(true);  // `made` clears away
        return {};
    }
    auto gone = pots_.discard(id);
    if (!gone) return gone;
    act([id](const ZfsDatasets& datasets) { return datasets.drop(id); },
        [this, id](const core::Status& dropped) {
            if (!dropped && problem_) problem_("files of pot " + id.text + ": " + dropped.error().message);
        });
    return {};
}

std::string ZfsFileSystem::log_directory(const core::PotId& id) const {
    return pots_.path(id, "log");
}

void ZfsFileSystem::prepare_limits(core::Reply<void> reply) {
    executor_.post([reply = std::move(reply)] { reply({}); });
}

void ZfsFileSystem::limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) {
    act([id, bytes](const ZfsDatasets& datasets) { return datasets.roots().limit(datasets.root(id), bytes); },
        std::move(reply));
}

// Snapshots

void ZfsFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    if (auto pot = pots_.find(key.pot); !pot) return refuse(std::move(reply), std::move(pot).error());
    act(
        [key](const ZfsDatasets& datasets) {
            return datasets.roots().snapshot(datasets.root(key.pot), key.number);
        },
        [this, key, reply = std::move(reply)](core::Status taken) {
            if (taken) {
                auto place = pots_.begin(key);
                taken = place ? pots_.commit(key) : core::Status(std::move(place).error());
            }
            reply(std::move(taken));
        });
}

void ZfsFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    if (auto known = pots_.find(key); !known) return refuse(std::move(reply), std::move(known).error());
    act(
        [key](const ZfsDatasets& datasets) {
            return datasets.roots().rollback(datasets.root(key.pot), key.number);
        },
        std::move(reply));
}

/// A pot is lent as a snapshot that nobody knows of and that a sweep takes.
void ZfsFileSystem::lend(const core::SnapshotKey& key, const core::Base& base,
                         core::Reply<core::LentTree> reply) {
    core::LentTree lent;
    lent.key = key;
    core::Status ready;
    if (key.number != 0) {
        auto known = pots_.find(key);
        ready = known ? core::Status() : core::Status(std::move(known).error());
    } else if (auto seen = root(key.pot, base); seen) {
        lent.root.path = seen->path;
    } else {
        ready = std::move(seen).error();
    }
    auto work = [key, ready](const ZfsDatasets& datasets) {
        if (!ready || key.number != 0) return ready;
        return datasets.roots().snapshot(datasets.root(key.pot), key.number);
    };
    act(std::move(work), [lent, reply = std::move(reply)](core::Status done) {
        reply(done ? core::Result<core::LentTree>(lent)
                   : core::Result<core::LentTree>(std::move(done).error()));
    });
}

void ZfsFileSystem::give_back(const core::LentTree& tree) {
    if (tree.key.number != 0) return;
    act(
        [key = tree.key](const ZfsDatasets& datasets) {
            return datasets.roots().drop(datasets.root(key.pot), key.number);
        },
        [this, key = tree.key](const core::Status& dropped) {
            if (!dropped && problem_)
                problem_("snapshot of pot " + key.pot.text + ": " + dropped.error().message);
        });
}

core::Status ZfsFileSystem::discard(const core::SnapshotKey& key) {
    auto gone = pots_.discard(key);
    if (!gone) return gone;
    act(
        [key](const ZfsDatasets& datasets) {
            return datasets.roots().drop(datasets.root(key.pot), key.number);
        },
        [this, key](const core::Status& dropped) {
            if (!dropped && problem_)
                problem_("snapshot " + std::to_string(key.number) + " of pot " + key.pot.text + ": " +
                         dropped.error().message);
        });
    return {};
}

void ZfsFileSystem::size(std::function<core::Result<std::int64_t>(const ZfsDatasets&)> ask,
                         core::Reply<std::int64_t> reply) {
    auto outcome = std::make_shared<core::Result<std::int64_t>>(std::int64_t{0});
    act(
        [ask = std::move(ask), outcome](const ZfsDatasets& datasets) {
            *outcome = ask(datasets);
            return core::Status();
        },
        [outcome, reply = std::move(reply)](const core::Status&) { reply(std::move(*outcome)); });
}

void ZfsFileSystem::measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) {
    size(
        [key](const ZfsDatasets& datasets) -> core::Result<std::int64_t> {
            const auto found = datasets.roots().find(datasets.root(key.pot), key.number);
            if (!found) return found.error();
            return found->referenced;
        },
        std::move(reply));
}

void ZfsFileSystem::measure(const core::PotId& id, core::Reply<std::int64_t> reply) {
    size([id](const ZfsDatasets& datasets) { return datasets.roots().size(datasets.root(id)); },
         std::move(reply));
}

core::Status ZfsFileSystem::sweep(const std::vector<core::PotId>& pots,
                                  const std::vector<core::SnapshotKey>& snapshots,
                                  const core::DiskLimits& limits) {
    auto first = pots_.sweep(pots, snapshots);
    auto second = datasets_->sweep({pots.begin(), pots.end()}, {snapshots.begin(), snapshots.end()}, limits);
    return first ? second : first;
}

}  // namespace potd::platform
