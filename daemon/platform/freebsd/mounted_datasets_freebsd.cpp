#include "daemon/platform/posix/mounted_datasets.hpp"

#include <cerrno>
#include <cstddef>
#include <vector>

#include <sys/mount.h>
#include <sys/param.h>
#include <sys/ucred.h>

namespace potd::platform {

core::Result<std::string> MountedDatasets::mountpoint(const std::string& dataset) const {
    const int count = ::getfsstat(nullptr, 0, MNT_NOWAIT);
    if (count < 0) return core::os_error(errno, "list of mounts");
    // Some more, for what is mounted meanwhile.
    std::vector<struct statfs> table(static_cast<std::size_t>(count) + 16);
    const int found =
        ::getfsstat(table.data(), static_cast<long>(table.size() * sizeof(struct statfs)), MNT_NOWAIT);
    if (found < 0) return core::os_error(errno, "list of mounts");
    table.resize(static_cast<std::size_t>(found));
    for (const struct statfs& mount : table) {
        const bool same = file_system_ == mount.f_fstypename && dataset == mount.f_mntfromname;
        if (same) return std::string(mount.f_mntonname);
    }
    xvfsconf known{};
    if (::getvfsbyname(file_system_.c_str(), &known) != 0)
        return core::error(core::ErrorKind::Unsupported, "this machine has no ZFS");
    return core::error(core::ErrorKind::NotFound, "the dataset " + dataset + " is not mounted");
}

}  // namespace potd::platform
