#include "daemon/platform/linux/live_mount.hpp"

#include "daemon/platform/linux/file_owner.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned whole_tree = 0x8000;  // AT_RECURSIVE
constexpr unsigned long private_mounts =
    1UL << 18U;                    // MS_PRIVATE: <sys/mount.h> and this header exclude each other
constexpr int follow_no_link = 8;  // UMOUNT_NOFOLLOW
constexpr mode_t directory_mode = 0755;
constexpr mode_t file_mode = 0644;

/// What is open before the thread leaves the host's mounts.
struct FromHost {
    ProcessHandle init;
    UniqueFd own_files;  ///< /proc/self/fd of the host, to ask for names
};

core::Result<FromHost> look_from_host(const LiveMount& mount) {
    auto init = open_process(mount.init);
    if (!init) return std::move(init).error();
    UniqueFd files(::open("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!files) return core::os_error(errno, "/proc/thread-self/fd");
    return FromHost{std::move(init).value(), std::move(files)};
}

core::Result<UniqueFd> user_namespace_of(const LiveMount& mount) {
    const std::string path = "/proc/" + std::to_string(mount.init.pid) + "/ns/user";
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return core::os_error(errno, path);
    if (!is_alive(mount.init)) return core::error(core::ErrorKind::NotFound, "the pot is gone");
    return fd;
}

/// A copy of the source that is attached nowhere yet, with all that a launch sets.
core::Result<UniqueFd> detached(const LiveMount& mount) {
    UniqueFd tree(static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, mount.source.c_str(),
                                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | whole_tree)));
    if (!tree) return core::os_error(errno, mount.source);
    mount_attr change{};
    change.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    if (mount.read_only) change.attr_set |= MOUNT_ATTR_RDONLY;
    change.propagation = private_mounts;
    UniqueFd users;
    if (mount.first_host_id != 0) {
        auto found = user_namespace_of(mount);
        if (!found) return std::move(found).error();
        users = std::move(found).value();
        change.attr_set |= MOUNT_ATTR_IDMAP;
        change.userns_fd = static_cast<std::uint64_t>(users.get());
    }
    if (::syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | whole_tree, &change, sizeof change) != 0)
        return core::os_error(errno, mount.source + ": mount_setattr");
    return tree;
}

/// From here on the thread sees the mounts of the pot, from its root.
core::Result<UniqueFd> enter(const ProcessHandle& init) {
    if (::unshare(CLONE_FS) != 0) return core::os_error(errno, "unshare");
    if (::setns(init.get(), CLONE_NEWNS) != 0)
        return errno == ESRCH ? core::error(core::ErrorKind::NotFound, "the pot is gone")
                              : core::os_error(errno, "enter the pot's mounts");
    UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return core::os_error(errno, "/");
    return root;
}

std::pair<std::string, std::string> split_last(const std::string& path) {
    const std::size_t end = path.rfind('/');
    return {path.substr(0, end), path.substr(end + 1)};
}

core::Status make_empty_file(int root, const std::string& target) {
    const auto [above, name] = split_last(target);
    auto parent = make_directories_in_root(root, above.empty() ? "/" : above, directory_mode);
    if (!parent) return std::move(parent).error();
    const UniqueFd file(::openat(parent->get(), name.c_str(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
    return file ? core::Status() : core::Status(core::os_error(errno, "create"));
}

core::Result<UniqueFd> target_of(int root, const LiveMount& mount, bool directory) {
    PathOpen look;
    look.flags = O_PATH;
    auto there = open_in_root(root, mount.target, look);
    if (there || there.error().os_error != ENOENT) return there;
    if (directory) return make_directories_in_root(root, mount.target, directory_mode);
    if (auto made = make_empty_file(root, mount.target); !made) return std::move(made).error();
    return open_in_root(root, mount.target, look);
}

struct Shown {
    std::uint64_t inode = 0;
    std::uint32_t major = 0, minor = 0;
    bool top = false;  ///< the root of a mount
    friend bool operator==(const Shown&, const Shown&) = default;
};

core::Result<Shown> shown_by(int fd) {
    struct statx facts {};
    if (::statx(fd, "", AT_EMPTY_PATH, STATX_INO, &facts) != 0) return core::os_error(errno, "statx");
    return Shown{facts.stx_ino, facts.stx_dev_major, facts.stx_dev_minor,
                 (facts.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0};
}

/// As at a start: the root itself is covered by nothing, however a link in the pot may lead to it.
core::Status check_is_below_root(const LiveMount& mount, int root, int target) {
    const auto top = shown_by(root);
    if (!top) return top.error();
    const auto there = shown_by(target);
    if (!there) return there.error();
    if (!(*there == *top)) return {};
    return core::error(core::ErrorKind::InvalidArgument, mount.target + ": leads to the root of the pot");
}

core::Status attach(const LiveMount& mount, int root, int tree) {
    struct stat about {};
    if (::fstat(tree, &about) != 0) return core::os_error(errno, mount.source);
    if (auto ready = make_files_of(mount.first_host_id); !ready) return ready;
    auto target = target_of(root, mount, S_ISDIR(about.st_mode));
    if (!target) return std::move(target).error().in(mount.target);
    if (auto below = check_is_below_root(mount, root, target->get()); !below) return below;
    const long moved = ::syscall(SYS_move_mount, tree, "", target->get(), "",
                                 MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    return moved == 0 ? core::Status() : core::Status(core::os_error(errno, mount.target));
}

/// The path of an open file inside the pot, free of links.
core::Result<std::string> name_of(const FromHost& host, int fd) {
    std::array<char, 4096> text{};
    const ssize_t size =
        ::readlinkat(host.own_files.get(), std::to_string(fd).c_str(), text.data(), text.size());
    if (size < 0) return core::os_error(errno, "readlink");
    return std::string(text.data(), static_cast<std::size_t>(size));
}

core::Error not_mounted(const LiveMount& mount) {
    return core::error(core::ErrorKind::NotFound,
                       mount.target + ": " + mount.source + " is not mounted there");
}

/// By the name in its directory: a mount point cannot be renamed, so the name stays what was looked at.
core::Status take_off(const LiveMount& mount, const FromHost& host, int root, Shown source) {
    PathOpen look;
    look.flags = O_PATH;
    auto target = open_in_root(root, mount.target, look);
    if (!target)
        return target.error().os_error == ENOENT ? not_mounted(mount)
                                                 : std::move(target).error().in(mount.target);
    source.top = true;
    const auto there = shown_by(target->get());
    if (!there) return there.error();
    if (!(*there == source)) return not_mounted(mount);
    auto path = name_of(host, target->get());
    if (!path) return std::move(path).error();
    target->reset();
    const auto [above, name] = split_last(*path);
    look.flags = O_PATH | O_DIRECTORY;
    auto parent = open_in_root(root, above.empty() ? "/" : above, look);
    if (!parent) return std::move(parent).error().in(mount.target);
    {
        const UniqueFd again(::openat(parent->get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        const auto same = again ? shown_by(again.get()) : core::Result<Shown>(core::os_error(errno, name));
        if (!same || !(*same == source)) return not_mounted(mount);
    }
    if (::fchdir(parent->get()) != 0) return core::os_error(errno, mount.target);
    if (::syscall(SYS_umount2, name.c_str(), follow_no_link) == 0) return {};
    if (errno == EBUSY)
        return core::error(core::ErrorKind::Conflict,
                           mount.target + ": processes of the pot use it; end them or stop the pot");
    return core::os_error(errno, mount.target);
}

/// A thread that has entered another mount namespace cannot be used for anything else.
core::Status on_own_thread(const std::function<core::Status()>& act) {
    core::Status outcome;
    try {
        std::thread thread([&] { outcome = act(); });
        thread.join();
    } catch (const std::system_error& none) {
        return core::error(core::ErrorKind::ResourceExhausted, std::string("no thread: ") + none.what());
    }
    return outcome;
}

}  // namespace

core::Status mount_live(const LiveMount& mount) {
    return on_own_thread([&]() -> core::Status {
        auto host = look_from_host(mount);
        if (!host) return std::move(host).error();
        auto tree = detached(mount);
        if (!tree) return std::move(tree).error();
        auto root = enter(host->init);
        if (!root) return std::move(root).error();
        return attach(mount, root->get(), tree->get());
    });
}

core::Status unmount_live(const LiveMount& mount) {
    return on_own_thread([&]() -> core::Status {
        auto host = look_from_host(mount);
        if (!host) return std::move(host).error();
        const UniqueFd source(::open(mount.source.c_str(), O_PATH | O_CLOEXEC));
        // What has lost its name may be mounted all the same, so this is not NotFound.
        if (!source)
            return core::error(core::ErrorKind::Conflict, core::os_error(errno, mount.source).message +
                                                              "; stop the pot before it is taken away");
        const auto shown = shown_by(source.get());
        if (!shown) return shown.error();
        auto root = enter(host->init);
        if (!root) return std::move(root).error();
        return take_off(mount, *host, root->get(), *shown);
    });
}

}  // namespace potd::platform
