#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace potd::platform {
namespace {

// The inode of every subvolume's top (linux/btrfs_tree.h: BTRFS_FIRST_FREE_OBJECTID).
constexpr ino_t top_inode = 256;

/// The names that btrfs's calls take are of fixed size; false if it does not fit.
template <std::size_t Size>
bool put_name(char (&place)[Size], const std::string& name) {
    if (name.size() >= Size) return false;
    std::copy(name.begin(), name.end(), place);
    place[name.size()] = '\0';
    return true;
}

}  // namespace

bool has_subvolumes(int fd) {
    struct statfs about {};
    return ::fstatfs(fd, &about) == 0 && about.f_type == BTRFS_SUPER_MAGIC;
}

bool is_subvolume(int fd) {
    struct stat about {};
    return ::fstat(fd, &about) == 0 && about.st_ino == top_inode && has_subvolumes(fd);
}

core::Status make_tree(int parent, const std::string& name, mode_t mode) {
    if (!has_subvolumes(parent)) return make_directory(parent, name, mode);
    btrfs_ioctl_vol_args request{};
    if (!put_name(request.name, name)) return core::os_error(ENAMETOOLONG, name);
    if (::ioctl(parent, BTRFS_IOC_SUBVOL_CREATE, &request) != 0) return core::os_error(errno, name);
    if (::fchmodat(parent, name.c_str(), mode, 0) != 0) return core::os_error(errno, name);
    return {};
}

core::Status double_subvolume(int from, int parent, const std::string& name, bool read_only) {
    if (!is_subvolume(from))
        return core::error(core::ErrorKind::Unsupported, "the tree is not a subvolume of btrfs");
    btrfs_ioctl_vol_args_v2 request{};
    request.fd = from;
    request.flags = read_only ? BTRFS_SUBVOL_RDONLY : 0;
    if (!put_name(request.name, name)) return core::os_error(ENAMETOOLONG, name);
    if (::ioctl(parent, BTRFS_IOC_SNAP_CREATE_V2, &request) == 0) return {};
    return core::os_error(errno, "snapshot of a subvolume");
}

core::Result<bool> remove_subvolume(int parent, const std::string& name, int tree) {
    if (!is_subvolume(tree)) return false;
    btrfs_ioctl_vol_args request{};
    if (!put_name(request.name, name)) return core::os_error(ENAMETOOLONG, name);
    if (::ioctl(parent, BTRFS_IOC_SNAP_DESTROY, &request) == 0) return true;
    if (errno == ENOTEMPTY) return false;  // the pot has made some of its own: they go one by one
    return core::os_error(errno, "delete a subvolume");
}

}  // namespace potd::platform
