#include "daemon/monitor/freebsd/devices.hpp"

#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/queue.h>
// after sys/queue.h
#include <fs/devfs/devfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace potd::monitor {

using platform::DeviceRule;
using platform::DeviceRuleView;
using platform::JailView;
using platform::PlanTag;

namespace {

/// Below are the host's own sets.
constexpr std::uint32_t first_set = 1000, last_set = 65'000;

devfs_rule empty_rule(std::uint32_t set, std::uint32_t number) {
    devfs_rule rule{};
    rule.dr_magic = DEVFS_MAGIC;
    rule.dr_id = mkrid(set, number);
    return rule;
}

void set_pattern(devfs_rule& rule, std::string_view pattern) {
    if (pattern.empty()) return;
    const std::size_t size = pattern.size() < sizeof rule.dr_pathptrn ? pattern.size() : 0;
    std::memcpy(rule.dr_pathptrn, pattern.data(), size);
    rule.dr_icond = DRC_PATHPTRN;
}

devfs_rule kernel_rule(std::uint32_t set, std::uint32_t number, const DeviceRuleView& view) {
    devfs_rule rule = empty_rule(set, number);
    set_pattern(rule, view.pattern);
    if (view.action != DeviceRule::None) {
        rule.dr_iacts |= DRA_BACTS;
        rule.dr_bacts = view.action == DeviceRule::Hide ? DRB_HIDE : DRB_UNHIDE;
    }
    if (view.mode >= 0) {
        rule.dr_iacts |= DRA_MODE;
        rule.dr_mode = static_cast<mode_t>(view.mode);
    }
    if (view.include != 0) {
        rule.dr_iacts |= DRA_INCSET;
        rule.dr_incset = view.include;
    }
    return rule;
}

long add_rule(int devices, devfs_rule& rule) {
    return ::ioctl(devices, DEVFSIO_RADD, &rule) == 0 ? 0 : -errno;
}

/// Whoever adds rule 1 of a set first has the set.
long claim(int devices, std::string_view jail, std::uint16_t& ruleset) {
    FixedText<platform::max_device_pattern> pattern;
    pattern.add(platform::owner_prefix).add(jail);
    if (pattern.overflowed()) return -ENAMETOOLONG;
    for (std::uint32_t set = first_set; set <= last_set; ++set) {
        devfs_rule owner = empty_rule(set, 1);
        set_pattern(owner, pattern.view());
        owner.dr_iacts = DRA_BACTS;
        owner.dr_bacts = DRB_HIDE;
        const long result = add_rule(devices, owner);
        if (result == -EEXIST) continue;
        ruleset = static_cast<std::uint16_t>(set);
        return result;
    }
    return -ENOSPC;
}

long fill(int devices, const JailView& plan, std::uint16_t set) {
    std::uint32_t number = 2;
    for (const auto payload : plan.of(PlanTag::DeviceRule)) {
        DeviceRuleView view;
        if (!platform::read_device_rule(payload, view)) continue;
        devfs_rule rule = kernel_rule(set, number++, view);
        if (const long result = add_rule(devices, rule); result < 0) return result;
    }
    return 0;
}

}  // namespace

bool make_ruleset(const JailView& plan, std::uint16_t& ruleset, Fault& fault) {
    const auto rules = plan.of(PlanTag::DeviceRule);
    if (!(rules.begin() != rules.end())) return true;
    const int devices = sys::open_at(AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY);
    if (devices < 0) return fail(fault, Stage::Mount, devices, "open /dev");
    long result = claim(devices, plan.jail.name, ruleset);
    if (result == -ENOSPC) {
        fail(fault, Stage::Mount, 0, "devfs rulesets: all from 1000 to 65000 are taken");
        fault.error_number = ENOSPC;
    } else if (result < 0) {
        fail(fault, Stage::Mount, result, "make a devfs ruleset");
    } else {
        result = fill(devices, plan, ruleset);
        if (result == -ESRCH)
            fail(fault, Stage::Mount, result, "devfs ruleset: a set that it includes does not exist");
        else if (result < 0)
            fail(fault, Stage::Mount, result, "fill a devfs ruleset");
        if (result < 0) remove_ruleset(ruleset);
    }
    if (result < 0) ruleset = 0;
    sys::close(devices);
    return result >= 0;
}

void remove_ruleset(std::uint16_t ruleset) {
    if (ruleset == 0) return;
    const int devices = sys::open_at(AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY);
    devfs_rule rule = empty_rule(ruleset, 0);
    while (devices >= 0 && ::ioctl(devices, DEVFSIO_RGETNEXT, &rule) == 0) {
        devfs_rid id = rule.dr_id;
        if (::ioctl(devices, DEVFSIO_RDEL, &id) != 0) break;
        rule = empty_rule(ruleset, rid2rn(id));
    }
    sys::close(devices);
}

}  // namespace potd::monitor
