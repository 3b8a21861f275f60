#include "core/model/limits.hpp"

#include "core/base/bytes.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace potd::core {
namespace {

constexpr std::int64_t least_memory = 1 << 20;
constexpr std::int64_t most_bytes = std::int64_t{1} << 60;

/// Of rctl(4); those that have a member of `limits` of their own are named by it.
constexpr std::array<std::string_view, 20> further_resources{
    "coredumpsize", "cputime",   "datasize",   "memorylocked", "msgqqueued",      "msgqsize", "nmsgq",
    "nsem",         "nsemop",    "nshm",       "nthr",         "pseudoterminals", "readbps",  "readiops",
    "shmsize",      "stacksize", "vmemoryuse", "wallclock",    "writebps",        "writeiops"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> resources_with_member{
    {{"memoryuse", "limits.memory"},
     {"swapuse", "limits.swap"},
     {"maxproc", "limits.pids"},
     {"openfiles", "limits.files"},
     {"pcpu", "limits.cpus"}}};

Status check_in(std::string_view field, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value >= low && value <= high) return {};
    return invalid_field(field, std::to_string(value),
                         "a number from " + std::to_string(low) + " to " + std::to_string(high));
}

/// 0 is none.
Status check_if_set(std::string_view field, std::int64_t value, std::int64_t low, std::int64_t high) {
    return value == 0 ? Status() : check_in(field, value, low, high);
}

Status check_memory_limits(const Limits& limits, const SpecBounds& bounds) {
    if (limits.memory != 0) {
        const std::int64_t highest = bounds.memory > 0 ? bounds.memory : most_bytes;
        if (limits.memory < least_memory || limits.memory > highest) {
            return invalid_field("limits.memory", std::to_string(limits.memory),
                                 "from 1M to the machine's memory, " + std::to_string(highest) + " bytes");
        }
    }
    if (limits.memory_soft != 0 && limits.memory != 0 && limits.memory_soft > limits.memory) {
        return invalid_field("limits.memory_soft", std::to_string(limits.memory_soft),
                             "at most limits.memory, " + std::to_string(limits.memory) + " bytes");
    }
    Status good = check_if_set("limits.memory_soft", limits.memory_soft, least_memory, most_bytes);
    if (good && limits.swap) good = check_in("limits.swap", *limits.swap, 0, most_bytes);
    return good;
}

Status check_cpu_set(const Limits& limits, const SpecBounds& bounds) {
    if (limits.cpu_count != 0 && !limits.cpuset.empty())
        return invalid_field("limits.cpu_count", std::to_string(limits.cpu_count),
                             "none beside limits.cpuset: either a number of CPUs or which they are");
    if (Status count = check_if_set("limits.cpu_count", limits.cpu_count, 1, bounds.cpus); !count)
        return count;
    if (limits.cpuset.empty()) return {};
    const auto& there = bounds.cpu_numbers;
    const int highest = there.empty() ? bounds.cpus : there.back() + 1;
    const auto set = parse_cpu_list(limits.cpuset, highest, "limits.cpuset");
    if (!set) return set.error();
    for (const int cpu : *set) {
        if (there.empty() || std::binary_search(there.begin(), there.end(), cpu)) continue;
        return invalid_field("limits.cpuset", limits.cpuset, "CPUs of " + format_cpu_list(there));
    }
    return {};
}

Status check_cpu_limits(const Limits& limits, const SpecBounds& bounds) {
    if (limits.cpus != 0 && !(limits.cpus >= 0.01 && limits.cpus <= bounds.cpus)) {
        return invalid_field("limits.cpus", std::to_string(limits.cpus),
                             "from 0.01 to the machine's " + std::to_string(bounds.cpus) + " CPUs");
    }
    Status good = check_if_set("limits.cpu_weight", limits.cpu_weight, 1, 10'000);
    return good ? check_cpu_set(limits, bounds) : std::move(good);
}

Status check_counts(const Limits& limits, const SpecBounds&) {
    Status good = check_if_set("limits.pids", limits.pids, 1, 4'194'304);
    return good ? check_if_set("limits.files", limits.files, 1, 1 << 30) : std::move(good);
}

bool is_device(std::string_view name) {
    if (name.starts_with("/dev/")) {
        return name.size() > 5 && name.size() < 256 && name.find("..") == std::string_view::npos &&
               std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    }
    const std::size_t colon = name.find(':');
    if (colon == 0 || colon == std::string_view::npos || colon + 1 == name.size() || name.size() > 20)
        return false;
    return name.find_first_not_of("0123456789:") == std::string_view::npos &&
           name.find(':', colon + 1) == std::string_view::npos;
}

Status check_device(const IoLimit& limit, const std::string& field) {
    // The kernel takes less, but a page a second is the least that goes on at all.
    constexpr std::int64_t least_rate = 4096;
    if (!is_device(limit.device))
        return invalid_field(field + "device", limit.device, "a block device, like /dev/vda or 254:0");
    if (limit.read_bps == 0 && limit.write_bps == 0 && limit.read_iops == 0 && limit.write_iops == 0)
        return invalid_field(field + "device", limit.device,
                             "at least one of read_bps, write_bps, read_iops and write_iops beside it");
    Status good = check_if_set(field + "read_bps", limit.read_bps, least_rate, most_bytes);
    if (good) good = check_if_set(field + "write_bps", limit.write_bps, least_rate, most_bytes);
    // The kernel's own bound.
    if (good) good = check_if_set(field + "read_iops", limit.read_iops, 1, 4'294'967'294);
    if (good) good = check_if_set(field + "write_iops", limit.write_iops, 1, 4'294'967'294);
    return good;
}

Status check_io(const Limits& limits, const SpecBounds&) {
    constexpr std::size_t most_devices = 64;
    if (Status weight = check_if_set("limits.io_weight", limits.io_weight, 1, 10'000); !weight) return weight;
    if (limits.io.size() > most_devices)
        return invalid_field("limits.io", std::to_string(limits.io.size()) + " devices", "at most 64");
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < limits.io.size(); ++i) {
        const std::string field = "limits.io[" + std::to_string(i) + "].";
        if (Status good = check_device(limits.io[i], field); !good) return good;
        if (!seen.insert(limits.io[i].device).second)
            return invalid_field(field + "device", limits.io[i].device, "a device that is named once");
    }
    return {};
}

Status check_huge_pages(const Limits& limits, const SpecBounds&) {
    std::set<std::int64_t> seen;
    for (const auto& [page, bytes] : limits.hugepages) {
        const std::string field = "limits.hugepages." + page;
        const auto size = parse_page_size(page, field);
        if (!size) return size.error();
        if (!seen.insert(*size).second)
            return invalid_field(field, page, "a size of page that is named once");
        if (bytes < 0 || bytes > most_bytes || bytes % *size != 0)
            return invalid_field(field, std::to_string(bytes), "whole pages of " + page + ", or 0 for none");
    }
    return {};
}

Status check_rctl(const Limits& limits, const SpecBounds&) {
    for (const auto& [resource, amount] : limits.rctl) {
        const std::string field = "limits.rctl." + resource;
        const auto* const member =
            std::find_if(resources_with_member.begin(), resources_with_member.end(),
                         [&name = resource](const auto& each) { return each.first == name; });
        if (member != resources_with_member.end())
            return invalid_field(field, std::to_string(amount),
                                 std::string(member->second) + " in its place");
        const bool known = std::find(further_resources.begin(), further_resources.end(), resource) !=
                           further_resources.end();
        if (!known) return invalid_field(field, resource, "a resource of rctl(8), like vmemoryuse or nthr");
        if (Status good = check_in(field, amount, 0, most_bytes); !good) return good;
    }
    return {};
}

Status check_best_effort(const Limits& limits, const SpecBounds&) {
    const auto& fields = limits.best_effort.fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (std::find(limit_names.begin(), limit_names.end(), fields[i]) != limit_names.end()) continue;
        return invalid_field("limits.best_effort[" + std::to_string(i) + "]", fields[i],
                             "the name of a limit, like io_weight");
    }
    return {};
}

}  // namespace

bool is_best_effort(const Limits& limits, std::string_view field) {
    constexpr std::string_view prefix = "limits.";
    if (!field.starts_with(prefix)) return false;
    if (limits.best_effort.all) return true;
    field.remove_prefix(prefix.size());
    const auto& fields = limits.best_effort.fields;
    return std::find(fields.begin(), fields.end(), field.substr(0, field.find_first_of(".["))) !=
           fields.end();
}

Status check_left_out(const Limits& limits, const std::vector<LeftOut>& left_out) {
    for (const LeftOut& each : left_out) {
        if (is_best_effort(limits, each.field)) continue;
        Error refused = error(ErrorKind::Unsupported,
                              each.field + ": " + each.reason + "; limits.best_effort lets a pot do without");
        refused.field = each.field;
        return refused;
    }
    return {};
}

Status check_limits(const Limits& limits, const SpecBounds& bounds) {
    for (const auto check : {check_memory_limits, check_cpu_limits, check_counts, check_io, check_huge_pages,
                             check_rctl, check_best_effort}) {
        if (Status good = check(limits, bounds); !good) return good;
    }
    return {};
}

std::string format_cpu_list(const std::vector<int>& cpus) {
    std::string text;
    for (std::size_t i = 0; i < cpus.size();) {
        std::size_t last = i;
        while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
        if (!text.empty()) text += ',';
        text += std::to_string(cpus[i]);
        if (last > i) text += '-' + std::to_string(cpus[last]);
        i = last + 1;
    }
    return text;
}

Result<std::int64_t> parse_page_size(std::string_view text, std::string_view field) {
    const auto size = parse_bytes(text, field);
    const bool power = size && *size >= 4096 && (*size & (*size - 1)) == 0;
    if (power) return *size;
    return invalid_field(field, text, "the size of a huge page, like 2M");
}

}  // namespace potd::core
