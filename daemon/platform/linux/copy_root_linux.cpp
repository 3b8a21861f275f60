#include "daemon/platform/linux/file_owner.hpp"
#include "daemon/platform/linux/id_shift.hpp"
#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/linux/shift_probe.hpp"
#include "daemon/platform/posix/copy_root.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::string link_to(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

core::Error has_ended() {
    return core::error(core::ErrorKind::Conflict, "the pot has ended");
}

/// Seen through its first process, whose root nobody in the pot can change.
core::Result<UniqueFd> open_running(const core::ProcessIdentity& init) {
    const auto process = open_process(init);
    if (!process) return process.error().kind == core::ErrorKind::NotFound ? has_ended() : process.error();
    UniqueFd root(
        ::open(("/proc/" + std::to_string(init.pid) + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const int reason = errno;
    // Checked after the open: the number cannot have been another process's by then.
    if (!is_alive(init)) return has_ended();
    if (!root) return core::os_error(reason, "open the pot's root");
    return root;
}

/// Mounts that only this thread sees; they go with it.
core::Status leave_mounts_of_host() {
    if (::unshare(CLONE_NEWNS) != 0) return core::os_error(errno, "unshare mounts");
    // As a slave, so that what the host unmounts is not kept busy by this.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0)
        return core::os_error(errno, "make mounts private");
    return {};
}

core::Status mount_root_of(const core::RootFs& root, const std::string& at) {
    constexpr unsigned long flags = MS_NOSUID | MS_NODEV;
    if (root.kind == core::RootFs::Kind::Directory) {
        if (::mount(root.path.c_str(), at.c_str(), nullptr, MS_BIND, nullptr) == 0) return {};
        return core::os_error(errno, "bind " + root.path);
    }
    const std::string options = overlay_options(root.lower, root.upper, root.work);
    if (::mount("overlay", at.c_str(), "overlay", flags, options.c_str()) == 0) return {};
    return core::os_error(errno, "mount overlay with " + options);
}

core::Result<UniqueFd> place_of(int root, const core::RootFs::Bind& bind) {
    struct stat about {};
    if (::stat(bind.source.c_str(), &about) != 0) return core::os_error(errno, bind.source);
    constexpr mode_t usual_mode = 0755;
    if (S_ISDIR(about.st_mode)) return make_directories_in_root(root, bind.target, usual_mode);
    PathOpen how;
    how.flags = O_PATH;
    return open_in_root(root, bind.target, how);
}

/// Shows a tree of the host over `target`, with `users` through the map of that user namespace.
core::Status show(const std::string& source, const UniqueFd& target, const UniqueFd& users) {
    const UniqueFd tree(static_cast<int>(
        ::syscall(SYS_open_tree, AT_FDCWD, source.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
    if (!tree) return core::os_error(errno, "bind " + source);
    if (users && shift_tree(tree.get(), users.get(), false) != 0) {
        return core::error(core::ErrorKind::Unsupported,
                           core::os_error(errno, "shift the owners of files in " + source).message);
    }
    constexpr unsigned both = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    if (::syscall(SYS_move_mount, tree.get(), "", target.get(), "", both) != 0)
        return core::os_error(errno, "bind " + source);
    return {};
}

/// What a base shows of the host, read-only as in a run.
core::Status show_bind(int root, const core::RootFs::Bind& bind, const UniqueFd& users) {
    auto place = place_of(root, bind);
    if (!place) return place.error().os_error == ENOENT ? core::Status() : core::Status(place.error());
    if (auto shown = show(bind.source, place.value(), users); !shown) return shown;
    PathOpen how;
    how.flags = O_PATH;
    place = open_in_root(root, bind.target, how);
    if (!place) return std::move(place).error();
    constexpr unsigned long shut = MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NODEV;
    if (::mount(nullptr, link_to(place->get()).c_str(), nullptr, shut, nullptr) != 0)
        return core::os_error(errno, "make " + bind.target + " read-only");
    return {};
}

/// As in a run of a pot with a user namespace: on the disk its own layer has the pot's ids, those below have
/// the host's.
core::Status shift_layers(const core::RootFs& root, const UniqueFd& users, std::uint32_t first_host_id) {
    for (const std::string& layer : root.lower) {
        const auto directory = open_directory(layer);
        if (!directory) return directory.error();
        if (auto shown = show(layer, directory.value(), users); !shown) return shown;
    }
    return give_directory(root.upper, first_host_id);
}

core::Result<UniqueFd> assemble(const core::RootFs& root, const std::string& at,
                                std::uint32_t first_host_id) {
    UniqueFd users;
    if (first_host_id != 0) {
        auto made = make_user_namespace(first_host_id);
        if (!made) return std::move(made).error();
        users = std::move(made).value();
    }
    if (auto own = leave_mounts_of_host(); !own) return std::move(own).error();
    if (users) {
        if (auto shifted = shift_layers(root, users, first_host_id); !shifted)
            return std::move(shifted).error();
    }
    if (auto mounted = mount_root_of(root, at); !mounted) return std::move(mounted).error();
    auto opened = open_directory(at);
    if (!opened) return opened;
    for (const core::RootFs::Bind& bind : root.binds) {
        if (auto shown = show_bind(opened->get(), bind, users); !shown) return std::move(shown).error();
    }
    return opened;
}

}  // namespace

core::Result<CopyRoot> CopyRoot::open(const core::PotPlace& place) {
    if (place.init) {
        auto root = open_running(*place.init);
        if (!root) return std::move(root).error();
        if (place.first_host_id != 0) {
            if (auto made = make_files_of(place.first_host_id); !made) return std::move(made).error();
        }
        return CopyRoot(std::move(root).value(), place.first_host_id);
    }
    const bool is_overlay = place.root.kind == core::RootFs::Kind::Overlay;
    if (!is_overlay && place.root.binds.empty()) {
        auto root = open_directory(place.root.path);
        if (!root) return std::move(root).error();
        return CopyRoot(std::move(root).value());
    }
    // Over a directory of the pot's own, where nothing else is looked for meanwhile.
    const std::string& top =
        place.root.upper.empty() && is_overlay ? place.root.lower.front() : place.root.upper;
    const std::string at = is_overlay ? top : place.root.path;
    // Elsewhere the files of such a pot have the ids that the pot sees.
    const std::uint32_t first_id = is_overlay ? place.first_host_id : 0;
    auto root = assemble(place.root, at, first_id);
    if (!root) return std::move(root).error().in("put the pot's root together");
    // By hand, so that nothing of it is left in use when the copy is over.
    CopyRoot assembled(std::move(root).value(), first_id, [at] { ::umount2(at.c_str(), MNT_DETACH); });
    if (first_id != 0) {
        if (auto made = make_files_of(first_id); !made) return std::move(made).error();
    }
    return assembled;
}

core::Result<ProcessHandle> CopyRoot::watch(const core::PotPlace& place) {
    if (!place.init) return ProcessHandle();
    auto process = open_process(*place.init);
    if (!process && process.error().kind == core::ErrorKind::NotFound) return has_ended();
    return process;
}

}  // namespace potd::platform
