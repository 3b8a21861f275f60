#include "daemon/platform/freebsd/kernel_mounts.hpp"

#include <cerrno>
#include <cstddef>

#include <sys/param.h>
// after sys/param.h
#include <sys/mount.h>

namespace potd::platform {
namespace {

KernelMount told(const struct statfs& facts) {
    return {{facts.f_fsid.val[0], facts.f_fsid.val[1]},
            &facts.f_fstypename[0],
            &facts.f_mntfromname[0],
            &facts.f_mntonname[0]};
}

}  // namespace

core::Result<std::vector<KernelMount>> all_mounts() {
    for (;;) {
        const int count = ::getfsstat(nullptr, 0, MNT_NOWAIT);
        if (count < 0) return core::os_error(errno, "list the mounts");
        // Room for some that are made meanwhile; a full answer may have been cut.
        std::vector<struct statfs> facts(static_cast<std::size_t>(count) + 8);
        const int got =
            ::getfsstat(facts.data(), static_cast<long>(facts.size() * sizeof(facts[0])), MNT_NOWAIT);
        if (got < 0) return core::os_error(errno, "list the mounts");
        if (static_cast<std::size_t>(got) == facts.size()) continue;
        facts.resize(static_cast<std::size_t>(got));
        std::vector<KernelMount> mounts;
        for (const struct statfs& one : facts) mounts.push_back(told(one));
        return mounts;
    }
}

core::Result<KernelMount> mount_of(int fd) {
    struct statfs facts {};
    if (::fstatfs(fd, &facts) != 0) return core::os_error(errno, "fstatfs");
    return told(facts);
}

core::Status unmount(const KernelMount& mount, bool force) {
    const std::string name = "FSID:" + std::to_string(mount.id[0]) + ":" + std::to_string(mount.id[1]);
    const unsigned long long flags = MNT_BYFSID | (force ? static_cast<unsigned long long>(MNT_FORCE) : 0U);
    if (::unmount(name.c_str(), static_cast<int>(flags)) == 0) return {};
    if (errno == ENOENT || errno == EINVAL) return {};  // somebody was faster
    return core::os_error(errno, "unmount " + mount.target);
}

}  // namespace potd::platform
