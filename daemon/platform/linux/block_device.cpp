#include "daemon/platform/linux/block_device.hpp"

#include "daemon/platform/posix/file.hpp"

#include <set>
#include <utility>

#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace potd::platform {
namespace {

core::Result<std::string> device_number(const std::string& device, const std::string& field,
                                        const std::string& root) {
    std::string number = device;
    if (device.starts_with('/')) {
        struct stat facts {};
        if (::stat((root + device).c_str(), &facts) != 0 || !S_ISBLK(facts.st_mode))
            return core::invalid_field(field, device, "a block device of this machine");
        number = std::to_string(major(facts.st_rdev)) + ":" + std::to_string(minor(facts.st_rdev));
    }
    const std::string known = root + "/sys/dev/block/" + number;
    if (!exists(known)) return core::invalid_field(field, device, "a block device of this machine");
    // The kernel limits requests where they are queued, and parts of a disk share its queue.
    if (exists(known + "/partition"))
        return core::invalid_field(field, device, "the whole disk, not a part of it");
    return number;
}

}  // namespace

core::Result<core::Limits> with_device_numbers(core::Limits limits, const std::string& root) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < limits.io.size(); ++i) {
        core::IoLimit& limit = limits.io[i];
        const std::string field = "limits.io[" + std::to_string(i) + "].device";
        auto number = device_number(limit.device, field, root);
        if (!number) return std::move(number).error();
        if (!seen.insert(*number).second)
            return core::invalid_field(field, limit.device, "a device that is named once");
        limit.device = *std::move(number);
    }
    return limits;
}

}  // namespace potd::platform
