#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/linux/probe_place.hpp"

#include <cerrno>

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>
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

bool mount_here() {
    // Volatile: else the unmount waits until the whole disk of a busy machine is written. Not before 5.10.
    return ::mount("overlay", "merged", "overlay", 0,
                   "volatile,lowerdir=lower,upperdir=upper,workdir=work") == 0 ||
           ::mount("overlay", "merged", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work") == 0;
}

/// Returns an errno.
int mount_and_use() {
    // Without whiteouts a pot could not delete what its base has.
    const bool works = mount_here() && ::access("merged/file", F_OK) == 0 && ::unlink("merged/file") == 0;
    return works ? 0 : errno;
}

}  // namespace

core::Status probe_overlay(const std::string& directory) {
    if (auto kind = check_kind(directory); !kind) return kind;
    auto place = ProbePlace::make(directory);
    if (!place) return std::move(place).error();
    const auto outcome = place->in_child([] { return mount_and_use(); });
    auto removed = place->remove();
    if (!outcome) return outcome.error();
    if (outcome.value() != 0)
        return cannot(directory, core::os_error(outcome.value(), "mounting one").message);
    return std::move(removed).in(directory);
}

}  // namespace potd::platform
