#include "daemon/platform/linux/cgroup_values.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace potd::platform {
namespace {

constexpr std::int64_t period_us = 100'000, shortest_quota_us = 1'000;
constexpr const char* weights_file_v1 = "blkio.bfq.weight";

struct Throttle {
    const char* file;  ///< of v1
    const char* key;   ///< of a line of io.max
    std::int64_t core::IoLimit::*member;
};
constexpr std::array throttles{
    Throttle{"blkio.throttle.read_bps_device", "rbps", &core::IoLimit::read_bps},
    Throttle{"blkio.throttle.write_bps_device", "wbps", &core::IoLimit::write_bps},
    Throttle{"blkio.throttle.read_iops_device", "riops", &core::IoLimit::read_iops},
    Throttle{"blkio.throttle.write_iops_device", "wiops", &core::IoLimit::write_iops}};

std::string quota_us(double cpus) {
    const auto quota = std::llround(cpus * static_cast<double>(period_us));
    return std::to_string(std::max<std::int64_t>(quota, shortest_quota_us));
}

/// "2MB": how the kernel calls the files of huge pages of this size.
std::string page_name(std::int64_t bytes) {
    constexpr std::int64_t gib = 1 << 30, mib = 1 << 20;
    if (bytes >= gib) return std::to_string(bytes / gib) + "GB";
    if (bytes >= mib) return std::to_string(bytes / mib) + "MB";
    return std::to_string(bytes / 1024) + "KB";
}

std::string huge_file(std::int64_t page, const CgroupLayout& layout) {
    return "hugetlb." + page_name(page) + (layout.on_v1("hugetlb") ? ".limit_in_bytes" : ".max");
}

/// Collects settings, and what has no place on this machine.
class Settings {
  public:
    explicit Settings(const CgroupLayout& layout) : layout_(layout) {}

    /// True if the limit can be set; else notes why not.
    bool supports(std::string_view controller, std::string_view field, std::string_view file = {}) {
        const auto missing = file.empty() ? layout_.missing.end() : layout_.missing.find(std::string(file));
        if (layout_.has(controller) && missing == layout_.missing.end()) return true;
        leave_out(field, layout_.has(controller)
                             ? missing->second
                             : "the kernel offers no " + std::string(controller) + " control group");
        return false;
    }
    void leave_out(std::string_view field, std::string reason) {
        planned_.left_out.push_back({std::string(field), std::move(reason)});
    }
    [[nodiscard]] const CgroupLayout& layout() const { return layout_; }
    [[nodiscard]] bool v1(std::string_view controller) const { return layout_.on_v1(controller); }
    void add(std::string controller, std::string file, std::string value, std::string field,
             std::string device = {}) {
        planned_.settings.push_back(
            {std::move(controller), std::move(file), std::move(value), std::move(field), std::move(device)});
    }
    [[nodiscard]] PlannedLimits take() { return std::move(planned_); }

  private:
    const CgroupLayout& layout_;
    PlannedLimits planned_;
};

void add_swap(Settings& out, const core::Limits& limits) {
    const bool v1 = out.v1("memory");
    const char* const file = v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max";
    if (!limits.swap || !out.supports("memory", "limits.swap", file)) return;
    if (!v1) {
        out.add("memory", file, std::to_string(*limits.swap), "limits.swap");
    } else if (limits.memory == 0) {
        out.leave_out("limits.swap", "with cgroup v1 it needs limits.memory too");
    } else {
        out.add("memory", file, std::to_string(limits.memory + *limits.swap), "limits.swap");
    }
}

void add_memory(Settings& out, const core::Limits& limits) {
    if (limits.memory > 0 && out.supports("memory", "limits.memory")) {
        out.add("memory", out.v1("memory") ? "memory.limit_in_bytes" : "memory.max",
                std::to_string(limits.memory), "limits.memory");
    }
    add_swap(out, limits);
    if (limits.memory_soft > 0 && out.supports("memory", "limits.memory_soft")) {
        out.add("memory", out.v1("memory") ? "memory.soft_limit_in_bytes" : "memory.low",
                std::to_string(limits.memory_soft), "limits.memory_soft");
    }
}

void add_cpu(Settings& out, const core::Limits& limits) {
    const char* const quota = out.v1("cpu") ? "cpu.cfs_quota_us" : "cpu.max";
    if (limits.cpus > 0 && out.supports("cpu", "limits.cpus", quota)) {
        if (out.v1("cpu")) {
            out.add("cpu", "cpu.cfs_period_us", std::to_string(period_us), "limits.cpus");
            out.add("cpu", "cpu.cfs_quota_us", quota_us(limits.cpus), "limits.cpus");
        } else {
            out.add("cpu", "cpu.max", quota_us(limits.cpus) + " " + std::to_string(period_us), "limits.cpus");
        }
    }
    if (limits.cpu_weight > 0 && out.supports("cpu", "limits.cpu_weight")) {
        if (out.v1("cpu")) {
            out.add("cpu", "cpu.shares", std::to_string(shares_from_weight(limits.cpu_weight)),
                    "limits.cpu_weight");
        } else {
            out.add("cpu", "cpu.weight", std::to_string(limits.cpu_weight), "limits.cpu_weight");
        }
    }
    const char* const field = limits.cpu_count > 0 ? "limits.cpu_count" : "limits.cpuset";
    const bool chosen = limits.cpu_count > 0 || !limits.cpuset.empty();
    if (chosen && out.supports("cpuset", field) && !limits.cpuset.empty())
        out.add("cpuset", "cpuset.cpus", limits.cpuset, field);
}

void add_pids(Settings& out, const core::Limits& limits) {
    if (limits.pids > 0 && out.supports("pids", "limits.pids")) {
        out.add("pids", "pids.max", std::to_string(limits.pids), "limits.pids");
    } else if (limits.pids == 0 && out.layout().has("pids")) {
        out.add("pids", "pids.max", std::to_string(default_pids), "");
    }
}

/// The line of io.max: what is not limited stands there, too, so that it takes an earlier bound back.
std::string io_line(const core::IoLimit& limit) {
    std::string line = limit.device;
    for (const Throttle& each : throttles) {
        const std::int64_t bound = limit.*each.member;
        line += std::string(" ") + each.key + "=" + (bound == 0 ? "max" : std::to_string(bound));
    }
    return line;
}

void add_io_weight(Settings& out, const core::Limits& limits) {
    if (limits.io_weight == 0) return;
    if (out.v1("blkio")) {
        if (out.supports("blkio", "limits.io_weight", weights_file_v1))
            out.add("blkio", weights_file_v1, std::to_string(bfq_from_weight(limits.io_weight)),
                    "limits.io_weight");
        return;
    }
    const bool bfq = out.layout().has("io") && !out.layout().missing.contains("io.bfq.weight");
    if (bfq)
        out.add("io", "io.bfq.weight", "default " + std::to_string(bfq_from_weight(limits.io_weight)),
                "limits.io_weight");
    // One of them is enough, and a machine may have devices of both kinds.
    if (bfq && out.layout().missing.contains("io.weight")) return;
    if (out.supports("io", "limits.io_weight", "io.weight"))
        out.add("io", "io.weight", "default " + std::to_string(limits.io_weight), "limits.io_weight");
}

void add_io(Settings& out, const core::Limits& limits) {
    add_io_weight(out, limits);
    if (limits.io.empty()) return;
    const bool v1 = out.v1("blkio");
    if (!out.supports(v1 ? "blkio" : "io", "limits.io", v1 ? throttles[0].file : "io.max")) return;
    for (std::size_t i = 0; i < limits.io.size(); ++i) {
        const core::IoLimit& limit = limits.io[i];
        const std::string field = "limits.io[" + std::to_string(i) + "]";
        if (!v1) out.add("io", "io.max", io_line(limit), field, limit.device);
        for (const Throttle& each : throttles) {
            const std::int64_t bound = limit.*each.member;
            if (v1 && bound != 0)
                out.add("blkio", each.file, limit.device + " " + std::to_string(bound), field, limit.device);
        }
    }
}

void add_huge_pages(Settings& out, const core::Limits& limits) {
    for (const auto& [page, bytes] : limits.hugepages) {
        const std::string field = "limits.hugepages." + page;
        if (!out.supports("hugetlb", field)) continue;
        const auto size = core::parse_page_size(page, field);
        if (!size || !out.layout().huge_pages.contains(*size)) {
            out.leave_out(field, "this machine has no huge pages of this size");
            continue;
        }
        out.add("hugetlb", huge_file(*size, out.layout()), std::to_string(bytes), field);
    }
}

void note_foreign(Settings& out, const core::Limits& limits) {
    for (const auto& [resource, amount] : limits.rctl)
        out.leave_out("limits.rctl." + resource, "rctl(4) is FreeBSD's");
}

}  // namespace

std::int64_t shares_from_weight(std::int64_t weight) {
    // The inverse of weight = 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares).
    const double scaled = 612.0 * (std::log10(static_cast<double>(weight)) + 7.0 / 34.0);
    const double log_shares = (std::sqrt(125.0 * 125.0 + 4.0 * scaled) - 125.0) / 2.0;
    return std::clamp<std::int64_t>(std::llround(std::exp2(log_shares)), 2, 262'144);
}

std::int64_t bfq_from_weight(std::int64_t weight) {
    // A straight line from end to end, as crun has it, would give 20 for what is normal on v2, a fifth of
    // what a pot without a weight has: two lines that meet at 100.
    constexpr std::int64_t normal = 100, most = 10'000, most_bfq = 1'000;
    if (weight <= normal) return std::max<std::int64_t>(weight, 1);
    return normal + (std::min(weight, most) - normal) * (most_bfq - normal) / (most - normal);
}

PlannedLimits plan_limits(const core::Limits& limits, const CgroupLayout& layout) {
    Settings out(layout);
    add_memory(out, limits);
    add_cpu(out, limits);
    add_pids(out, limits);
    add_io(out, limits);
    add_huge_pages(out, limits);
    note_foreign(out, limits);
    return out.take();
}

core::Result<std::vector<LimitSetting>> cgroup_settings(const core::Limits& limits,
                                                        const CgroupLayout& layout) {
    PlannedLimits planned = plan_limits(limits, layout);
    if (core::Status enforced = core::check_left_out(limits, planned.left_out); !enforced)
        return std::move(enforced).error();
    return std::move(planned.settings);
}

std::vector<LimitSetting> unlimited_settings(const CgroupLayout& layout) {
    std::vector<LimitSetting> all;
    const auto add = [&](const char* controller, const std::string& file, std::string value) {
        if (layout.has(controller) && !layout.missing.contains(file))
            all.push_back({controller, file, std::move(value), "", ""});
    };
    const bool memory_v1 = layout.on_v1("memory");
    add("memory", memory_v1 ? "memory.limit_in_bytes" : "memory.max", memory_v1 ? "-1" : "max");
    add("memory", memory_v1 ? "memory.memsw.limit_in_bytes" : "memory.swap.max", memory_v1 ? "-1" : "max");
    add("memory", memory_v1 ? "memory.soft_limit_in_bytes" : "memory.low", memory_v1 ? "-1" : "0");
    const bool cpu_v1 = layout.on_v1("cpu");
    add("cpu", cpu_v1 ? "cpu.cfs_quota_us" : "cpu.max", cpu_v1 ? "-1" : "max " + std::to_string(period_us));
    add("cpu", cpu_v1 ? "cpu.shares" : "cpu.weight", cpu_v1 ? "1024" : "100");
    // On v1 it is that of the group above, which the machine knows.
    add("cpuset", "cpuset.cpus", "");
    add("pids", "pids.max", std::to_string(default_pids));
    if (layout.on_v1("blkio")) {
        add("blkio", weights_file_v1, "100");
    } else {
        add("io", "io.bfq.weight", "default 100");
        add("io", "io.weight", "default 100");
    }
    for (const std::int64_t page : layout.huge_pages)
        add("hugetlb", huge_file(page, layout), layout.on_v1("hugetlb") ? "-1" : "max");
    return all;
}

std::vector<LimitSetting> device_files(const CgroupLayout& layout) {
    std::vector<LimitSetting> all;
    if (!layout.on_v1("blkio")) {
        if (layout.has("io") && !layout.missing.contains("io.max"))
            all.push_back({"io", "io.max", "", "limits.io", ""});
        return all;
    }
    if (layout.missing.contains(throttles[0].file)) return all;
    for (const Throttle& each : throttles) all.push_back({"blkio", each.file, "", "limits.io", ""});
    return all;
}

std::string unlimited_line(const std::string& file, const std::string& device) {
    if (file != "io.max") return device + " 0";
    core::IoLimit none;
    none.device = device;
    return io_line(none);
}

}  // namespace potd::platform
