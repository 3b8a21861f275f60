// The part of jail_kernel.hpp about what stands around a jail: its mounts and devfs rulesets.

#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/kernel_mounts.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/queue.h>
// after sys/queue.h
#include <fs/devfs/devfs.h>
#include <sys/ioctl.h>

namespace potd::platform {
namespace {

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
    core::Status result;
    for (auto mount = mounts->rbegin(); mount != mounts->rend(); ++mount) {
        if (!mount->target.starts_with(directory + "/")) continue;
        core::Status one = unmount(*mount, false);
        if (!one) one = unmount(*mount, true);
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
