#include "daemon/platform/linux/cgroup_values.hpp"

#include <algorithm>
#include <cmath>

namespace potd::platform {
namespace {

constexpr std::int64_t period_us = 100'000, shortest_quota_us = 1'000;

std::string quota_us(double cpus) {
    const auto quota = std::llround(cpus * static_cast<double>(period_us));
    return std::to_string(std::max<std::int64_t>(quota, shortest_quota_us));
}

/// Collects settings; remembers the first limit that has no place on this machine.
class Settings {
  public:
    explicit Settings(const CgroupLayout& layout) : layout_(layout) {}

    /// True if the limit can be set; else records why not.
    bool supports(std::string_view controller, std::string_view field) {
        if (layout_.has(controller)) return true;
        refuse(field, "the kernel offers no " + std::string(controller) + " control group");
        return false;
    }
    void refuse(std::string_view field, const std::string& reason) {
        if (!refused_.message.empty()) return;
        refused_ = core::error(core::ErrorKind::Unsupported, std::string(field) + ": " + reason);
        refused_.field = field;
    }
    [[nodiscard]] bool v1(std::string_view controller) const { return layout_.on_v1(controller); }
    void add(std::string controller, std::string file, std::string value, std::string field) {
        list_.push_back({std::move(controller), std::move(file), std::move(value), std::move(field)});
    }
    core::Result<std::vector<LimitSetting>> take() {
        if (!refused_.message.empty()) return refused_;
        return std::move(list_);
    }

  private:
    const CgroupLayout& layout_;
    std::vector<LimitSetting> list_;
    core::Error refused_;
};

void add_swap(Settings& out, const core::Limits& limits) {
    if (!limits.swap || !out.supports("memory", "limits.swap")) return;
    if (!out.v1("memory")) {
        out.add("memory", "memory.swap.max", std::to_string(*limits.swap), "limits.swap");
    } else if (limits.memory == 0) {
        out.refuse("limits.swap", "with cgroup v1 it needs limits.memory too");
    } else {
        out.add("memory", "memory.memsw.limit_in_bytes", std::to_string(limits.memory + *limits.swap),
                "limits.swap");
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
    if (limits.cpus > 0 && out.supports("cpu", "limits.cpus")) {
        if (out.v1("cpu")) {
            out.add("cpu", "cpu.cfs_period_us", std::to_string(period_us), "limits.cpus");
            out.add("cpu", "cpu.cfs_quota_us", quota_us(limits.cpus), "limits.cpus");
        } else {
            out.add("cpu", "cpu.max", quota_us(limits.cpus) + " " + std::to_string(period_us), "limits.cpus");
        }
    }
    if (limits.cpu_weight <= 0 || !out.supports("cpu", "limits.cpu_weight")) return;
    if (out.v1("cpu")) {
        out.add("cpu", "cpu.shares", std::to_string(shares_from_weight(limits.cpu_weight)),
                "limits.cpu_weight");
    } else {
        out.add("cpu", "cpu.weight", std::to_string(limits.cpu_weight), "limits.cpu_weight");
    }
}

}  // namespace

std::int64_t shares_from_weight(std::int64_t weight) {
    // The inverse of weight = 10^((l^2 + 125 l)/612 - 7/34) with l = log2(shares).
    const double scaled = 612.0 * (std::log10(static_cast<double>(weight)) + 7.0 / 34.0);
    const double log_shares = (std::sqrt(125.0 * 125.0 + 4.0 * scaled) - 125.0) / 2.0;
    return std::clamp<std::int64_t>(std::llround(std::exp2(log_shares)), 2, 262'144);
}

core::Result<std::vector<LimitSetting>> cgroup_settings(const core::Limits& limits,
                                                        const CgroupLayout& layout) {
    Settings out(layout);
    add_memory(out, limits);
    add_cpu(out, limits);
    if (!limits.cpuset.empty() && out.supports("cpuset", "limits.cpuset")) {
        out.add("cpuset", "cpuset.cpus", limits.cpuset, "limits.cpuset");
    }
    if (limits.pids > 0 && out.supports("pids", "limits.pids")) {
        out.add("pids", "pids.max", std::to_string(limits.pids), "limits.pids");
    } else if (limits.pids == 0 && layout.has("pids")) {
        out.add("pids", "pids.max", std::to_string(default_pids), "");
    }
    return out.take();
}

}  // namespace potd::platform
