#include "daemon/platform/posix/dir_file_system.hpp"

#include "daemon/platform/posix/root_swap.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_bounds.hpp"
#include "daemon/platform/posix/tree_copy.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <optional>
#include <utility>

namespace potd::platform {
namespace {

bool is_there(int parent, const char* name) {
    return stat_entry(parent, name).ok();
}

core::Result<UniqueFd> root_of(core::Result<UniqueFd> tree) {
    return tree ? open_child_directory(tree->get(), "root") : std::move(tree);
}

}  // namespace

DirFileSystem::~DirFileSystem() {
    for (auto& [id, work] : busy_) work->stop = true;
}

void DirFileSystem::make(Task task, core::Reply<void> reply) {
    auto refuse = [&](core::Error error) {
        executor_.post([reply, error = std::move(error)] { reply(error); });
    };
    if (!task.from) return refuse(std::move(task.from).error().in(task.what));
    auto opened = task.parent();
    if (!opened) return refuse(std::move(opened).error());
    const auto begun = std::make_shared<TreeWork>();
    busy_[task.pot] = begun;
    auto outcome = std::make_shared<core::Status>();
    auto parent = std::make_shared<UniqueFd>(std::move(opened).value());
    auto shared = std::make_shared<Task>(std::move(task));
    auto work = [shared, parent, begun, outcome, doubling = doubling_] {
        *outcome = doubling.make(shared->from->get(), parent->get(), shared->name, shared->read_only, *begun);
        if (!*outcome || shared->read_only || !doubling.abilities.quotas) return;
        const int model = shared->bounded_as ? shared->bounded_as->get() : -1;
        *outcome = bound_as(parent->get(), shared->name, model);
    };
    auto done = [alive = std::weak_ptr(alive_), shared, outcome, reply = std::move(reply)] {
        if (alive.expired()) return;
        reply(shared->finish(std::move(*outcome).in(shared->what)));
    };
    executor_.blocking(std::move(work), std::move(done));
}

void DirFileSystem::make_pot(core::Result<UniqueFd> from, const core::PotId& id, const std::string& what,
                             core::Reply<void> reply) {
    auto parent = [this, id]() -> core::Result<UniqueFd> {
        if (!busy_.contains(id)) return pots_.begin(id);
        return core::error(core::ErrorKind::Conflict, "pot " + id.text + " is being created");
    };
    auto finish = [this, id](core::Status made) { return pot_made(id, std::move(made)); };
    make({id, what, std::move(from), parent, "root", false, finish}, std::move(reply));
}

void DirFileSystem::create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) {
    make_pot(open_directory(base.path), id, "copy of base " + base.name, std::move(reply));
}

void DirFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) {
    make_pot(root_of(pots_.find(source)), id, "copy of a snapshot", std::move(reply));
}

core::Status DirFileSystem::pot_made(const core::PotId& id, core::Status made) {
    const bool discarded = busy_.at(id)->stop;
    busy_.erase(id);
    if (made && discarded) made = core::error(core::ErrorKind::Cancelled, "the pot was destroyed meanwhile");
    if (made) made = pots_.commit(id);
    if (made) return made;
    auto undone = pots_.discard(id);
    return undone ? made : undone;
}

core::Result<core::RootFs> DirFileSystem::root(const core::PotId& id, const core::Base& base) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    if (!is_there(pot->get(), "root")) {
        if (auto settled = settle(id); !settled) return std::move(settled).error();
    }
    if (!is_there(pot->get(), "root")) {
        return core::error(
            core::ErrorKind::Conflict,
            "pot " + id.text + " was made by another file system driver than '" + std::string(name()) + "'");
    }
    core::RootFs result;
    result.kind = core::RootFs::Kind::Directory;
    result.path = pots_.path(id, "root");
    for (const auto& bind : base.binds) result.binds.push_back({bind.source, bind.target, true});
    return result;
}

void DirFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    auto finish = [this, key](core::Status made) {
        busy_.erase(key.pot);
        if (made) made = pots_.commit(key);
        if (made) return made;
        auto undone = pots_.discard(key);
        return undone ? made : undone;
    };
    auto parent = [this, key] { return pots_.begin(key); };
    make({key.pot, "snapshot", root_of(pots_.find(key.pot)), parent, "root", true, finish}, std::move(reply));
}

void DirFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    auto parent = [this, id = key.pot]() -> core::Result<UniqueFd> {
        // What a crash has cut goes first.
        if (auto settled = settle(id); !settled) return std::move(settled).error();
        return pots_.find(id);
    };
    auto finish = [this, id = key.pot](core::Status made) {
        busy_.erase(id);
        return new_root_made(id, std::move(made));
    };
    Task task{key.pot, "rollback", root_of(pots_.find(key)), parent, half_root, false, finish};
    if (auto present = root_of(pots_.find(key.pot)))
        task.bounded_as = std::make_shared<UniqueFd>(std::move(present).value());
    make(std::move(task), std::move(reply));
}

core::Status DirFileSystem::new_root_made(const core::PotId& id, core::Status made) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    return swap_root(pot->get(), pots_.trash(), std::move(made));
}

core::Status DirFileSystem::settle(const core::PotId& id) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    return settle_root(pot->get(), pots_.trash());
}

core::Status DirFileSystem::no_quotas() const {
    return core::error(core::ErrorKind::Unsupported,
                       "the file system driver " + std::string(name()) + " has no quotas");
}

void DirFileSystem::prepare_limits(core::Reply<void> reply) {
    if (doubling_.abilities.quotas) return prepare_bounds(executor_, pots_.fd(), std::move(reply));
    executor_.post([reply = std::move(reply), refused = no_quotas()] { reply(refused); });
}

void DirFileSystem::limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) {
    if (doubling_.abilities.quotas)
        return bound_tree(executor_, root_of(pots_.find(id)), bytes, std::move(reply));
    executor_.post(
        [reply = std::move(reply), done = bytes == 0 ? core::Status() : no_quotas()] { reply(done); });
}

void DirFileSystem::lend(const core::SnapshotKey& key, const core::Base& base,
                         core::Reply<core::LentTree> reply) {
    core::Result<core::RootFs> of = core::RootFs();
    if (key.number == 0) {
        of = root(key.pot, base);
    } else if (auto tree = root_of(pots_.find(key)); tree) {
        of->path = pots_.path(key, "root");
    } else {
        of = std::move(tree).error();
    }
    if (of) of->binds.clear();
    core::Result<core::LentTree> lent =
        of ? core::Result<core::LentTree>(core::LentTree{key, *of}) : of.error();
    executor_.post([reply = std::move(reply), lent = std::move(lent)] { reply(lent); });
}

core::Status DirFileSystem::discard(const core::SnapshotKey& key) {
    return pots_.discard(key);
}

void DirFileSystem::measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) {
    measure_tree(executor_, root_of(pots_.find(key)), std::move(reply));
}

void DirFileSystem::measure(const core::PotId& id, core::Reply<std::int64_t> reply) {
    measure_tree(executor_, root_of(pots_.find(id)), std::move(reply));
}

core::Status DirFileSystem::discard(const core::PotId& id) {
    if (const auto busy = busy_.find(id); busy != busy_.end()) {
        busy->second->stop = true;  // `pot_made` clears away; until then the pool writes there
        return {};
    }
    return pots_.discard(id);
}

std::optional<std::int64_t> DirFileSystem::copied(const core::PotId& id) const {
    const auto busy = busy_.find(id);
    return busy == busy_.end() ? std::nullopt : std::optional(busy->second->copied.load());
}

std::string DirFileSystem::log_directory(const core::PotId& id) const {
    return pots_.path(id, "log");
}

core::Status DirFileSystem::sweep(const std::vector<core::PotId>& pots,
                                  const std::vector<core::SnapshotKey>& snapshots,
                                  const core::DiskLimits& limits) {
    core::Status first;
    for (const core::PotId& id : pots) {
        auto settled = settle(id);
        const auto limit = limits.find(id);
        if (settled && doubling_.abilities.quotas)
            settled = settle_bound(root_of(pots_.find(id)), limit == limits.end() ? 0 : limit->second);
        const bool gone = !settled && settled.error().kind == core::ErrorKind::NotFound;
        if (!settled && !gone && first) first = std::move(settled);
    }
    auto swept = pots_.sweep(pots, snapshots);
    return first ? swept : first;
}

void measure_tree(core::Executor& executor, core::Result<UniqueFd> tree, core::Reply<std::int64_t> reply) {
    auto shared = std::make_shared<core::Result<UniqueFd>>(std::move(tree));
    auto outcome = std::make_shared<core::Result<std::int64_t>>(std::int64_t{0});
    auto work = [shared, outcome] {
        *outcome = *shared ? tree_size((*shared)->get()) : core::Result<std::int64_t>((*shared).error());
    };
    executor.blocking(std::move(work), [outcome, reply = std::move(reply)] { reply(std::move(*outcome)); });
}

}  // namespace potd::platform
