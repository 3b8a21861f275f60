#include "daemon/platform/posix/dir_file_system.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"

#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr mode_t root_mode = 0755;

core::Result<UniqueFd> make_root(int pot) {
    if (auto made = make_directory(pot, "root", root_mode); !made) return std::move(made).error();
    return open_child_directory(pot, "root");
}

core::Status copy_base(const std::string& base, int root, const std::atomic<bool>& stop) {
    auto from = open_directory(base);
    if (!from) return std::move(from).error();
    TreeCopyOptions options;
    options.stop = &stop;
    return copy_tree(from->get(), root, options);
}

}  // namespace

DirFileSystem::~DirFileSystem() {
    for (auto& [id, stop] : copying_) stop->store(true);
}

void DirFileSystem::create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) {
    auto refuse = [&](core::Error error) {
        executor_.post([reply, error = std::move(error)] { reply(error); });
    };
    if (copying_.contains(id)) {
        return refuse(core::error(core::ErrorKind::Conflict, "pot " + id.text + " is being created"));
    }
    auto pot = pots_.begin(id);
    if (!pot) return refuse(std::move(pot).error());
    auto root = make_root(pot->get());
    if (root) return copy(id, base, std::move(root).value(), std::move(reply));
    auto undone = pots_.discard(id);
    refuse(undone ? std::move(root).error() : std::move(undone).error());
}

void DirFileSystem::copy(const core::PotId& id, const core::Base& base, UniqueFd root,
                         core::Reply<void> reply) {
    const auto stop = std::make_shared<std::atomic<bool>>(false);
    copying_[id] = stop;
    auto outcome = std::make_shared<core::Status>();
    auto work = [from = base.path, to = std::make_shared<UniqueFd>(std::move(root)), stop, outcome] {
        *outcome = copy_base(from, to->get(), *stop);
    };
    auto done = [this, alive = std::weak_ptr(alive_), id, outcome, name = base.name,
                 reply = std::move(reply)] {
        if (alive.expired()) return;
        reply(copied(id, std::move(*outcome).in("copy of base " + name)));
    };
    executor_.blocking(std::move(work), std::move(done));
}

core::Status DirFileSystem::copied(const core::PotId& id, core::Status outcome) {
    const bool discarded = copying_.at(id)->load();
    copying_.erase(id);
    if (outcome && discarded)
        outcome = core::error(core::ErrorKind::Cancelled, "the pot was destroyed meanwhile");
    if (outcome) outcome = pots_.commit(id);
    if (outcome) return outcome;
    auto undone = pots_.discard(id);
    return undone ? outcome : undone;
}

core::Result<core::RootFs> DirFileSystem::root(const core::PotId& id, const core::Base& base) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    if (::faccessat(pot->get(), "root", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        return core::error(core::ErrorKind::Conflict,
                           "pot " + id.text + " was made by another file system driver than 'dir'");
    }
    core::RootFs result;
    result.kind = core::RootFs::Kind::Directory;
    result.path = pots_.path(id, "root");
    for (const auto& bind : base.binds) result.binds.push_back({bind.source, bind.target, true});
    return result;
}

core::Status DirFileSystem::discard(const core::PotId& id) {
    if (const auto copying = copying_.find(id); copying != copying_.end()) {
        copying->second->store(true);  // `copied` clears away; until then the pool writes there
        return {};
    }
    return pots_.discard(id);
}

std::string DirFileSystem::log_directory(const core::PotId& id) const {
    return pots_.path(id, "log");
}

core::Status DirFileSystem::sweep(const std::vector<core::PotId>& known) {
    return pots_.sweep(known);
}

}  // namespace potd::platform
