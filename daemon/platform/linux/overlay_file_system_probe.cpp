#include "daemon/platform/linux/choose_file_system.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_remove.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Error cannot(const std::string& directory, const std::string& why) {
    return core::error(core::ErrorKind::Unsupported, "file system driver overlay cannot be used on " +
                                                         directory + ": " + why + "; use the driver dir");
}

core::Status check_kind(const std::string& directory) {
    struct statfs about {};
    if (::statfs(directory.c_str(), &about) != 0) return core::os_error(errno, directory);
    if (about.f_type != OVERLAYFS_SUPER_MAGIC) return {};
    return cannot(directory,
                  "it lies on an overlay itself, and an overlay cannot be the upper layer of another "
                  "(or move the state directory to another file system)");
}

core::Status prepare(int place) {
    for (const char* name : {"lower", "upper", "work", "merged"}) {
        if (auto made = make_directory(place, name, S_IRWXU); !made) return made;
    }
    const UniqueFd file(::openat(place, "lower/file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR));
    return file ? core::Status{} : core::Status(core::os_error(errno, "create"));
}

bool mount_here() {
    // Volatile: else the unmount waits until the whole disk of a busy machine is written. Not before 5.10.
    return ::mount("overlay", "merged", "overlay", 0,
                   "volatile,lowerdir=lower,upperdir=upper,workdir=work") == 0 ||
           ::mount("overlay", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") == 0;
}

/// Runs in the child of a process that may have threads: only system calls. Returns an errno.
int mount_and_use(int place) {
    const bool apart = ::fchdir(place) == 0 && ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    // Without whiteouts a pot could not delete what its base has.
    const bool works =
        apart && mount_here() && ::access("merged/file", F_OK) == 0 && ::unlink("merged/file") == 0;
    return works ? 0 : errno;
}

core::Result<int> try_in_child(int place) {
    const pid_t child = ::fork();
    if (child < 0) return core::os_error(errno, "fork");
    if (child == 0) ::_exit(mount_and_use(place));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return core::os_error(errno, "wait");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

core::Status try_in(int place, const std::string& directory) {
    if (auto prepared = prepare(place); !prepared) return std::move(prepared).in(directory);
    auto outcome = try_in_child(place);
    if (!outcome) return std::move(outcome).error();
    if (outcome.value() == 0) return {};
    return cannot(directory, core::os_error(outcome.value(), "mounting one").message);
}

}  // namespace

core::Status probe_overlay(const std::string& directory) {
    if (auto kind = check_kind(directory); !kind) return kind;
    auto parent = open_directory(directory);
    if (!parent) return std::move(parent).error();
    const std::string pattern = directory + "/.probe-XXXXXX";
    std::vector<char> path(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
    if (::mkdtemp(path.data()) == nullptr) return core::os_error(errno, directory);
    auto place = open_directory(path.data());
    auto works = place ? try_in(place->get(), directory) : core::Status(std::move(place).error());
    const std::string name = std::string(path.data()).substr(directory.size() + 1);
    auto removed = remove_tree(parent->get(), name);
    if (works && !removed) return std::move(removed).error().in(directory);
    return works;
}

}  // namespace potd::platform
