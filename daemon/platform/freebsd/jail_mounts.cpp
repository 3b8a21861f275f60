#include "daemon/platform/freebsd/jail_mounts.hpp"

#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/kernel_mounts.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr mode_t directory_mode = 0755;
constexpr const char* shown_by_type = "nullfs";

core::Result<std::string> root_of(const std::string& jail) {
    auto found = jail_named(jail);
    if (found && !found->dying) return std::move(found->path);
    return core::error(core::ErrorKind::NotFound, "the pot is gone");
}

/// As the kernel names it among the mounts.
core::Result<std::string> without_links_of(const std::string& source) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(source.c_str(), nullptr), &std::free);
    if (!real) return core::os_error(errno, source);
    return std::string(real.get());
}

iovec part(const char* text) {
    return {const_cast<char*>(text), std::strlen(text) + 1};  // NOLINT: nmount(2) only reads it
}

/// Over the directory `target`, as "." from within it, which no link can change. In a child: where a process
/// stands is the whole process's. Only system calls there.
core::Status mount_over(int target, const std::string& source, bool read_only) {
    std::array parts{part("fstype"), part(shown_by_type), part("fspath"),
                     part("."),      part("from"),        part(source.c_str())};
    const std::uint64_t flags =
        std::uint64_t{MNT_IGNORE} | std::uint64_t{MNT_NOSUID} | (read_only ? std::uint64_t{MNT_RDONLY} : 0U);
    const pid_t child = ::fork();
    if (child < 0) return core::os_error(errno, "fork");
    if (child == 0) {
        const bool done = ::fchdir(target) == 0 && ::nmount(parts.data(), static_cast<unsigned>(parts.size()),
                                                            static_cast<int>(flags)) == 0;
        ::_exit(done ? 0 : errno);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status))
        return core::error(core::ErrorKind::Internal, "the process that mounts was killed");
    const int failed = WEXITSTATUS(status);
    return failed == 0 ? core::Status() : core::Status(core::os_error(failed, "mount"));
}

bool shows(const KernelMount& mount, const std::string& source, const std::string& root) {
    return mount.type == shown_by_type && mount.source == source && mount.target.starts_with(root + "/");
}

/// What is mounted on `target` now; NotFound unless it shows `source` and lies below `root`.
core::Result<KernelMount> mount_on(const std::string& root, const std::string& target,
                                   const std::string& source) {
    const auto missing = [&] {
        return core::error(core::ErrorKind::NotFound, target + ": " + source + " is not mounted there");
    };
    const auto top = open_directory(root);
    if (!top) return top.error();
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    const auto place = open_in_root(top->get(), target, how);
    if (!place) return place.error().os_error == ENOENT ? missing() : place.error();
    auto mount = mount_of(place->get());
    if (!mount) return mount;
    // Not below its top: nullfs shows the numbers of what it shows.
    struct stat here {};
    struct stat there {};
    const bool is_top = ::fstat(place->get(), &here) == 0 && ::stat(source.c_str(), &there) == 0 &&
                        here.st_ino == there.st_ino;
    if (is_top && shows(*mount, source, root)) return mount;
    return missing();
}

/// A pot that moves its directories about may have led a mount to where nobody finds it again.
core::Status take_off_strays(const std::vector<KernelMount>& before, const std::string& source,
                             const std::string& root) {
    const auto now = all_mounts();
    if (!now) return now.error();
    for (const KernelMount& mount : *now) {
        const bool is_new = std::find(before.begin(), before.end(), mount) == before.end();
        if (!is_new || !shows(mount, source, root)) continue;
        if (auto gone = unmount(mount, true); !gone) return gone;
    }
    return {};
}

core::Status mount_in_jail(const std::string& jail, const core::MountSpec& mount) {
    const auto root = root_of(jail);
    if (!root) return root.error();
    const auto source = without_links_of(mount.source);
    if (!source) return source.error();
    struct stat about {};
    if (::stat(source->c_str(), &about) != 0) return core::os_error(errno, *source);
    if (!S_ISDIR(about.st_mode)) {
        core::Error file =
            core::error(core::ErrorKind::Unsupported,
                        mount.source + ": is no directory, and files are not mounted on FreeBSD");
        file.field = "dir";
        return file;
    }
    const auto top = open_directory(*root);
    if (!top) return top.error();
    auto target = make_directories_in_root(top->get(), mount.target, directory_mode);
    if (!target) return std::move(target).error().in(mount.target);
    const auto before = all_mounts();
    if (!before) return before.error();
    if (auto made = mount_over(target->get(), *source, mount.read_only); !made)
        return std::move(made).in(mount.target);
    if (mount_on(*root, mount.target, *source)) return {};
    if (auto gone = take_off_strays(*before, *source, *root); !gone) return gone;
    return core::error(core::ErrorKind::Conflict, mount.target + ": was moved while it was mounted over");
}

core::Status unmount_in_jail(const std::string& jail, const core::MountSpec& mount) {
    const auto root = root_of(jail);
    if (!root) return root.error();
    const auto source = without_links_of(mount.source);
    // What has lost its name may be mounted all the same, so this is not NotFound.
    if (!source) {
        return core::error(core::ErrorKind::Conflict,
                           source.error().message + "; stop the pot before it is taken away");
    }
    const auto there = mount_on(*root, mount.target, *source);
    if (!there) return there.error();
    auto gone = unmount(*there, false);
    if (gone || gone.error().os_error != EBUSY) return gone;
    return core::error(core::ErrorKind::Conflict,
                       mount.target + ": processes of the pot use it; end them or stop the pot");
}

}  // namespace

void JailMounts::act(const core::RunKey& key, const core::MountSpec& mount,
                     core::Status (*what)(const std::string& jail, const core::MountSpec& mount),
                     core::Reply<void> reply) {
    auto outcome = std::make_shared<core::Status>();
    executor_.blocking(
        [what, jail = jail_name(instance_, key), mount, outcome] { *outcome = what(jail, mount); },
        [outcome, reply = std::move(reply)] { reply(std::move(*outcome)); });
}

void JailMounts::mount(const core::RunKey& key, const core::MountSpec& mount,
                       std::uint32_t /*first_host_id: there are no user namespaces*/,
                       core::Reply<void> reply) {
    act(key, mount, mount_in_jail, std::move(reply));
}

void JailMounts::unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) {
    act(key, mount, unmount_in_jail, std::move(reply));
}

}  // namespace potd::platform
