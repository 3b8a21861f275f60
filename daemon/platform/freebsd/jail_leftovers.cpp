// The part of jail_kernel.hpp about what stands around a jail: its mounts and devfs rulesets.

#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <optional>

#include <fcntl.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/queue.h>
// after sys/queue.h
#include <fs/devfs/devfs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

namespace potd::platform {
namespace {

core::Result<std::vector<struct statfs>> all_mounts() {
    for (;;) {
        const int count = ::getfsstat(nullptr, 0, MNT_NOWAIT);
        if (count < 0) return core::os_error(errno, "list the mounts");
        // Room for some that are made meanwhile; a full answer may have been cut.
        std::vector<struct statfs> mounts(static_cast<std::size_t>(count) + 8);
        const int got =
            ::getfsstat(mounts.data(), static_cast<long>(mounts.size() * sizeof(mounts[0])), MNT_NOWAIT);
        if (got < 0) return core::os_error(errno, "list the mounts");
        if (static_cast<std::size_t>(got) == mounts.size()) continue;
        mounts.resize(static_cast<std::size_t>(got));
        return mounts;
    }
}

core::Status unmount_one(const struct statfs& mount) {
    const std::string id =
        "FSID:" + std::to_string(mount.f_fsid.val[0]) + ":" + std::to_string(mount.f_fsid.val[1]);
    for (const unsigned long long flags : {MNT_BYFSID, MNT_BYFSID | MNT_FORCE}) {
        if (::unmount(id.c_str(), static_cast<int>(flags)) == 0) return {};
        if (errno == ENOENT || errno == EINVAL) return {};  // somebody was faster
    }
    return core::os_error(errno, std::string("unmount ") + &mount.f_mntonname[0]);
}

UniqueFd devices() {
    return UniqueFd(::open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// The first rule after `number` in a set.
std::optional<devfs_rule> next_rule(int fd, std::uint32_t set, std::uint32_t number) {
    devfs_rule rule{};
    rule.dr_magic = DEVFS_MAGIC;
    rule.dr_id = mkrid(set, number);
    if (::ioctl(fd, DEVFSIO_RGETNEXT, &rule) != 0) return std::nullopt;
    return rule;
}

}  // namespace

core::Status unmount_below(const std::string& directory) {
    const auto mounts = all_mounts();
    if (!mounts) return mounts.error();
    const std::string prefix = directory + "/";
    core::Status result;
    // What was mounted later comes later.
    for (auto mount = mounts.value().rbegin(); mount != mounts.value().rend(); ++mount) {
        if (!std::string_view(&mount->f_mntonname[0]).starts_with(prefix)) continue;
        core::Status one = unmount_one(*mount);
        if (!one && result) result = std::move(one);
    }
    return result;
}

core::Result<std::vector<OwnedRuleset>> owned_rulesets() {
    const UniqueFd fd = devices();
    if (!fd) return core::os_error(errno, "open /dev");
    std::vector<OwnedRuleset> found;
    devfs_rsnum set = 0;
    while (::ioctl(fd.get(), DEVFSIO_SGETNEXT, &set) == 0) {
        const auto first = next_rule(fd.get(), set, 0);
        if (!first || (first->dr_icond & DRC_PATHPTRN) == 0) continue;
        const std::string_view owner = owner_of(&first->dr_pathptrn[0]);
        if (!owner.empty()) found.push_back({set, std::string(owner)});
    }
    return found;
}

bool ruleset_exists(std::uint16_t number) {
    const UniqueFd fd = devices();
    return fd && next_rule(fd.get(), number, 0).has_value();
}

core::Status remove_ruleset(std::uint16_t number) {
    const UniqueFd fd = devices();
    if (!fd) return core::os_error(errno, "open /dev");
    std::optional<devfs_rule> rule = next_rule(fd.get(), number, 0);
    while (rule) {
        devfs_rid id = rule->dr_id;
        if (::ioctl(fd.get(), DEVFSIO_RDEL, &id) != 0 && errno != ENOENT)
            return core::os_error(errno, "remove a devfs rule");
        rule = next_rule(fd.get(), number, rid2rn(id));
    }
    return {};
}

}  // namespace potd::platform
