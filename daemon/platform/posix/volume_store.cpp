#include "daemon/platform/posix/volume_store.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <cerrno>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr const char* volume_tree = "root";
constexpr mode_t volume_mode = 0755;

core::Status sync_directory(int fd) {
    if (::fsync(fd) == 0) return {};
    return core::os_error(errno, "write to disk");
}

/// An empty tree in the directory `folder`, with its entry on the disk.
core::Status make_volume_tree(int folder) {
    if (auto made = make_tree(folder, volume_tree, volume_mode); !made) return made;
    auto tree = open_child_directory(folder, volume_tree);
    if (!tree) return std::move(tree).error();
    if (auto synced = sync_directory(tree->get()); !synced) return synced;
    return sync_directory(folder);
}

}  // namespace

core::Result<std::unique_ptr<TreeVolumeStore>> TreeVolumeStore::open(core::Executor& executor,
                                                                     const std::string& state_dir,
                                                                     TreeTrash::Problem problem) {
    auto trash = TreeTrash::open(executor, state_dir + "/trash", std::move(problem));
    if (!trash) return std::move(trash).error();
    auto shelf = TreeShelf::open(state_dir + "/fscomp", std::move(trash).value());
    if (!shelf) return std::move(shelf).error();
    return std::unique_ptr<TreeVolumeStore>(new TreeVolumeStore(executor, std::move(shelf).value()));
}

core::Result<UniqueFd> TreeVolumeStore::begin(const std::string& name) {
    if (auto legal = core::check_name(name); !legal) return std::move(legal).error();
    // What a removal has left that did not reach the disk: its record may come back, so it is not replaced.
    if (shelf_.has(name)) {
        return core::error(core::ErrorKind::Conflict,
                           shelf_.path(name) + " exists; what no fscomp owns is removed when potd starts");
    }
    return shelf_.begin(name);
}

void TreeVolumeStore::create(const std::string& name, core::Reply<void> reply) {
    auto folder = begin(name);
    if (!folder) {
        executor_.post([reply = std::move(reply), error = std::move(folder).error()] { reply(error); });
        return;
    }
    auto outcome = std::make_shared<core::Status>();
    auto work = [outcome, fd = std::make_shared<UniqueFd>(std::move(folder).value())] {
        *outcome = make_volume_tree(fd->get());
    };
    auto done = [this, alive = std::weak_ptr(alive_), name, outcome, reply = std::move(reply)] {
        if (!alive.expired()) name_it(name, std::move(*outcome), reply);
    };
    executor_.blocking(std::move(work), std::move(done));
}

void TreeVolumeStore::name_it(const std::string& name, core::Status made, core::Reply<void> reply) {
    if (made) made = shelf_.commit(name);
    if (!made) return reply(undone(name, std::move(made)));
    auto outcome = std::make_shared<core::Status>();
    auto work = [outcome, fd = shelf_.fd()] { *outcome = sync_directory(fd); };
    auto done = [this, alive = std::weak_ptr(alive_), name, outcome, reply = std::move(reply)] {
        if (alive.expired()) return;
        reply(*outcome ? core::Status() : undone(name, std::move(*outcome)));
    };
    executor_.blocking(std::move(work), std::move(done));
}

core::Status TreeVolumeStore::undone(const std::string& name, core::Status failed) {
    auto gone = shelf_.discard(name);
    if (gone) return failed;
    core::Error both = std::move(failed).error();
    both.message += "; " + gone.error().message;
    return both;
}

std::string TreeVolumeStore::path(std::string_view name) const {
    return shelf_.path(std::string(name)) + "/" + volume_tree;
}

void TreeVolumeStore::measure(const std::string& name, core::Reply<std::int64_t> reply) {
    auto folder = shelf_.find(name);
    auto tree = folder ? open_child_directory(folder->get(), volume_tree) : std::move(folder);
    measure_tree(executor_, std::move(tree), std::move(reply));
}

core::Status TreeVolumeStore::discard(const std::string& name) {
    if (auto legal = core::check_name(name); !legal) return legal;
    return shelf_.discard(name);
}

core::Status TreeVolumeStore::sweep(const std::vector<std::string>& known) {
    const std::set<std::string> keep(known.begin(), known.end());
    return shelf_.sweep([&](const std::string& name) { return keep.contains(name); });
}

}  // namespace potd::platform
