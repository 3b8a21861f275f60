#include "daemon/platform/linux/shift_probe.hpp"

#include "daemon/platform/linux/probe_place.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned recursive_flag = 0x8000;  // AT_RECURSIVE

bool show_shifted(int user_namespace) {
    const auto tree =
        static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, "lower", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    return tree >= 0 && shift_tree(tree, user_namespace, false) == 0 &&
           ::syscall(SYS_move_mount, tree, "", AT_FDCWD, "lower", MOVE_MOUNT_F_EMPTY_PATH) == 0;
}

/// Volatile: else the unmount waits until the whole disk of a busy machine is written.
bool mount_overlay() {
    return ::mount("overlay", "merged", "overlay", 0,
                   "volatile,lowerdir=lower,upperdir=upper,workdir=work") == 0;
}

bool belongs_to(const char* file, std::uint32_t id) {
    struct stat about {};
    if (::stat(file, &about) != 0) return false;
    errno = EOVERFLOW;  // should it belong to somebody else
    return about.st_uid == id;
}

/// Runs in the child of a process that may have threads: only system calls. Returns an errno.
int try_shift(int user_namespace, bool overlay, std::uint32_t id) {
    const bool shown =
        show_shifted(user_namespace) &&
        (overlay ? mount_overlay() && belongs_to("merged/file", id) : belongs_to("lower/file", id));
    return shown ? 0 : errno;
}

}  // namespace

int shift_tree(int tree, int user_namespace, bool recursive) {
    mount_attr change{};
    change.attr_set = MOUNT_ATTR_IDMAP;
    change.userns_fd = static_cast<std::uint64_t>(user_namespace);
    const unsigned flags = AT_EMPTY_PATH | (recursive ? recursive_flag : 0U);
    return static_cast<int>(::syscall(SYS_mount_setattr, tree, "", flags, &change, sizeof change));
}

core::Status probe_shift(const std::string& directory, int user_namespace, bool overlay,
                         std::uint32_t first_id) {
    auto place = ProbePlace::make(directory);
    if (!place) return std::move(place).error();
    const auto outcome = place->in_child([&] { return try_shift(user_namespace, overlay, first_id); });
    auto removed = place->remove();
    if (!outcome) return outcome.error();
    if (outcome.value() != 0) {
        return core::error(core::ErrorKind::Unsupported,
                           core::os_error(outcome.value(), "the owners of files in " + directory +
                                                               " cannot be shifted (idmapped mounts" +
                                                               (overlay ? " below an overlay)" : ")"))
                               .message);
    }
    return std::move(removed).in(directory);
}

}  // namespace potd::platform
