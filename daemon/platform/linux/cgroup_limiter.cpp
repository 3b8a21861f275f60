#include "daemon/platform/linux/cgroup_limiter.hpp"

#include "daemon/platform/linux/block_device.hpp"
#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/linux/files_limit.hpp"
#include "daemon/platform/linux/limit_change.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>

namespace potd::platform {
namespace {

constexpr std::string_view memsw = "memory.memsw.limit_in_bytes";

/// What the groups of a run are to say, against what they say.
class LimitDifference {
  public:
    LimitDifference(CgroupTree& cgroups, std::string name) : cgroups_(cgroups), name_(std::move(name)) {}

    /// The steps from what is there to `wanted`.
    core::Result<std::vector<LimitStep>> to(const std::vector<LimitSetting>& wanted) {
        groups_ = cgroups_.paths(name_);
        for (const LimitSetting& setting : wanted) {
            if (auto added = add(setting, true); !added) return std::move(added).error();
        }
        for (const LimitSetting& setting : unlimited_settings(cgroups_.layout())) {
            if (written_.contains(setting.file)) continue;
            if (auto added = add(setting, false); !added) return std::move(added).error();
        }
        for (const LimitSetting& file : device_files(cgroups_.layout())) add_lines_left(file);
        in_order();
        return std::move(steps_);
    }

  private:
    /// Empty if the run has no group with it.
    [[nodiscard]] std::string directory_of(const std::string& controller) const {
        const auto found = groups_.by_controller.find(controller);
        if (found != groups_.by_controller.end()) return found->second;
        return cgroups_.layout().on_v1(controller) ? std::string() : groups_.unified;
    }

    core::Status add(LimitSetting setting, bool asked_for) {
        if (asked_for) written_.insert(setting.file + setting.device);
        std::string directory = directory_of(setting.controller);
        const bool later = CgroupTree::is_later(setting.controller);
        if (asked_for && (directory.empty() || later)) {
            if (auto made = cgroups_.make_later(name_, setting.controller); !made) return made;
            groups_ = cgroups_.paths(name_);
            directory = directory_of(setting.controller);
        }
        if (directory.empty()) return {};
        if (!asked_for && setting.file == "cpuset.cpus") setting.value = cpus_above(directory);
        const auto now = read_file(directory + "/" + setting.file);
        if (!now && now.error().kind == core::ErrorKind::NotFound && exists(directory)) {
            // A kernel that lacks the file has nothing to take back.
            if (!asked_for) return {};
            core::Error refused = core::error(core::ErrorKind::Unsupported,
                                              setting.field + ": the kernel has no " + setting.file);
            refused.field = setting.field;
            return refused;
        }
        if (!now) return core::error(core::ErrorKind::NotFound, "the pot is not running");
        std::string before =
            setting.device.empty() ? std::string(trimmed(now.value())) : line_of(*now, setting);
        if (setting.file == "cpuset.cpus" && before.empty()) {
            // On v2, one that never had CPUs of its own: none to give back, and never made empty again.
            if (!asked_for) return {};
            before = cpus_above(directory);
        }
        add_step({directory, setting.file, setting.value, std::move(before), setting.field});
        return {};
    }

    void add_step(LimitStep step) {
        if (!same_limit(step.before, step.value)) steps_.push_back(std::move(step));
    }

    /// A set with processes is never made empty again, on v2 either (ENOSPC).
    [[nodiscard]] std::string cpus_above(const std::string& directory) const {
        const bool v1 = cgroups_.layout().on_v1("cpuset");
        const auto above = read_file(directory.substr(0, directory.rfind('/')) +
                                     (v1 ? "/cpuset.cpus" : "/cpuset.cpus.effective"));
        return above ? std::string(trimmed(above.value())) : std::string();
    }

    static std::string line_of(const std::string& content, const LimitSetting& setting) {
        for (const auto line : split(content, '\n')) {
            if (line.starts_with(setting.device + " ")) return std::string(line);
        }
        return unlimited_line(setting.file, setting.device);
    }

    /// Devices that were bounded and are not any more.
    void add_lines_left(const LimitSetting& file) {
        const std::string directory = directory_of(file.controller);
        if (directory.empty()) return;
        const auto content = read_file(directory + "/" + file.file);
        if (!content) return;
        for (const auto line : split(content.value(), '\n')) {
            const std::string device(line.substr(0, line.find(' ')));
            if (device.empty() || written_.contains(file.file + device)) continue;
            add_step(
                {directory, file.file, unlimited_line(file.file, device), std::string(line), file.field});
        }
    }

    /// Memory comes last, as it may fail and takes long. On v1 memory is never more than memory and swap:
    /// that is raised before it and lowered after it.
    void in_order() {
        const auto rank = [](const LimitStep& step) {
            if (step.file == memsw) return is_raise(step.before, step.value) ? 1 : 3;
            if (step.file == "memory.limit_in_bytes" || step.file == "memory.max") return 2;
            return 0;
        };
        std::stable_sort(steps_.begin(), steps_.end(), [&](const LimitStep& one, const LimitStep& other) {
            return rank(one) < rank(other);
        });
    }

    CgroupTree& cgroups_;
    std::string name_;
    RunCgroups groups_;
    std::set<std::string> written_;
    std::vector<LimitStep> steps_;
};

}  // namespace

core::Status set_group_limits(CgroupTree& cgroups, const std::string& name, const core::Limits& limits,
                              const std::string& root) {
    const auto numbered = with_device_numbers(limits, root);
    if (!numbered) return numbered.error();
    const auto settings = cgroup_settings(*numbered, cgroups.layout());
    if (!settings) return settings.error();
    const auto steps = LimitDifference(cgroups, name).to(*settings);
    return steps ? carry_out(*steps) : core::Status(steps.error());
}

std::vector<core::LeftOut> CgroupLimiter::left_out(const core::Limits& limits) const {
    return plan_limits(limits, cgroups_.layout()).left_out;
}

void CgroupLimiter::set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) {
    auto result = std::make_shared<core::Status>();
    auto first = first_(key);
    if (!first) {
        *result = std::move(first).error();
        return worker_.blocking([] {}, [result, reply = std::move(reply)] { reply(std::move(*result)); });
    }
    worker_.blocking(
        [this, name = core::kernel_name(key), limits, result, init = *first] {
            FilesLimit files(cgroups_, name, init);
            *result = files.set(limits.files);
            if (!*result) return;
            *result = set_group_limits(cgroups_, name, limits, {});
            if (!*result) *result = files.take_back(std::move(*result).error());
        },
        [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

}  // namespace potd::platform
