#include "daemon/platform/linux/cgroup_meter.hpp"

#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <optional>

#include <unistd.h>

namespace potd::platform {
namespace {

using Number = std::optional<std::int64_t>;

/// v1 says "no limit" by the largest multiple of the page size.
constexpr std::int64_t v1_unlimited = std::int64_t{1} << 60;

/// The files of one run by controller, v1 before v2.
class GroupFiles {
  public:
    explicit GroupFiles(const RunCgroups& groups) : groups_(groups) {}

    [[nodiscard]] bool v1(const char* controller) const { return groups_.by_controller.contains(controller); }
    [[nodiscard]] std::string text(const char* controller, const char* file) const {
        const auto found = groups_.by_controller.find(controller);
        const std::string& directory = found == groups_.by_controller.end() ? groups_.unified : found->second;
        if (directory.empty()) return {};
        const auto content = potd::platform::read_file(directory + "/" + file);
        return content ? content.value() : std::string{};
    }
    [[nodiscard]] Number number(const char* controller, const char* file) const {
        return parse_number(text(controller, file));
    }
    [[nodiscard]] Number keyed(const char* controller, const char* file, const char* key) const {
        return keyed_number(text(controller, file), key);
    }

  private:
    const RunCgroups& groups_;
};

Number times(Number value, std::int64_t factor) {
    return value ? Number(*value * factor) : Number{};
}

Number below_unlimited(Number limit) {
    return limit && *limit < v1_unlimited ? limit : Number{};
}

void read_cpu(const GroupFiles& files, core::RunFigures& figures) {
    if (files.v1("cpuacct")) {
        figures.cpu_usage_ns = files.number("cpuacct", "cpuacct.usage");
    } else {
        figures.cpu_usage_ns = times(files.keyed("", "cpu.stat", "usage_usec"), 1000);
    }
    if (files.v1("cpu")) {
        figures.cpu_throttled_ns = files.keyed("cpu", "cpu.stat", "throttled_time");
    } else {
        figures.cpu_throttled_ns = times(files.keyed("", "cpu.stat", "throttled_usec"), 1000);
    }
}

void read_memory_v1(const GroupFiles& files, core::RunFigures& figures) {
    figures.memory_current = files.number("memory", "memory.usage_in_bytes");
    figures.memory_peak = files.number("memory", "memory.max_usage_in_bytes");
    figures.memory_limit = below_unlimited(files.number("memory", "memory.limit_in_bytes"));
    const Number both = files.number("memory", "memory.memsw.usage_in_bytes");
    if (both && figures.memory_current) {
        // Two reads, so the sum may lag behind the part.
        figures.swap_current = std::max<std::int64_t>(0, *both - *figures.memory_current);
    }
}

void read_memory(const GroupFiles& files, core::RunFigures& figures) {
    if (files.v1("memory")) return read_memory_v1(files, figures);
    figures.memory_current = files.number("", "memory.current");
    figures.memory_peak = files.number("", "memory.peak");
    figures.memory_limit = files.number("", "memory.max");  // "max" is no number: no limit
    figures.swap_current = files.number("", "memory.swap.current");
}

/// io.stat has a line per device: "8:0 rbytes=1 wbytes=2 …".
void read_io(const GroupFiles& files, core::RunFigures& figures) {
    const std::string content = files.text("", "io.stat");
    for (const auto word : split_blanks(content)) {
        if (word.starts_with("rbytes=")) {
            figures.io_read_bytes =
                figures.io_read_bytes.value_or(0) + parse_number(word.substr(7)).value_or(0);
        }
        if (word.starts_with("wbytes=")) {
            figures.io_write_bytes =
                figures.io_write_bytes.value_or(0) + parse_number(word.substr(7)).value_or(0);
        }
    }
}

/// Arguments joined by blanks; of a process without (a kernel thread, a zombie) its name in brackets.
std::string command_of(std::int32_t pid, const std::string& proc, const std::string& name) {
    auto arguments = read_file(proc + "/" + std::to_string(pid) + "/cmdline");
    if (!arguments || arguments->empty()) return "[" + name + "]";
    std::string command = std::move(arguments).value();
    while (!command.empty() && command.back() == '\0') command.pop_back();
    std::replace(command.begin(), command.end(), '\0', ' ');
    return command;
}

std::string user_of(std::int32_t pid, const std::string& proc) {
    const auto status = read_file(proc + "/" + std::to_string(pid) + "/status");
    const Number uid = status ? keyed_number(status.value(), "Uid:") : Number{};
    return uid ? std::to_string(*uid) : std::string("?");
}

}  // namespace

core::RunFigures read_figures(const RunCgroups& groups, const CgroupLayout& layout) {
    const GroupFiles files(groups);
    core::RunFigures figures;
    read_cpu(files, figures);
    read_memory(files, figures);
    figures.pids_current = files.number("pids", "pids.current");
    figures.pids_limit = files.number("pids", "pids.max");
    if (!layout.on_v1("blkio")) read_io(files, figures);
    return figures;
}

std::int64_t working_set_of(const RunCgroups& groups) {
    const GroupFiles files(groups);
    const bool v1 = files.v1("memory");
    const Number used = files.number("memory", v1 ? "memory.usage_in_bytes" : "memory.current");
    const Number unused = files.keyed("memory", "memory.stat", v1 ? "total_inactive_file" : "inactive_file");
    return std::max<std::int64_t>(0, used.value_or(0) - unused.value_or(0));
}

core::Result<core::ProcessRow> read_process_row(std::int32_t pid, const std::string& proc) {
    const auto stat = read_process_stat(pid, proc);
    if (!stat) return stat.error();
    core::ProcessRow row;
    row.pid = pid;
    row.parent = stat->parent;
    row.user = user_of(pid, proc);
    row.name = stat->name;
    row.state = stat->state;
    row.resident = stat->resident_pages * ::sysconf(_SC_PAGESIZE);
    row.cpu_ms = static_cast<std::int64_t>(stat->cpu_ticks) * 1000 / ::sysconf(_SC_CLK_TCK);
    row.command = command_of(pid, proc, stat->name);
    return row;
}

bool CgroupMeter::known(const RunCgroups& groups) const {
    return exists(groups.unified.empty() && !groups.v1.empty() ? groups.v1.front() : groups.unified);
}

core::Result<core::RunFigures> CgroupMeter::figures(const core::RunKey& key) {
    const RunCgroups groups = cgroups_.paths(core::kernel_name(key));
    if (!known(groups)) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    core::RunFigures figures = read_figures(groups, cgroups_.layout());
    if (network_) figures.network = network_->figures(key);
    return figures;
}

core::Result<core::RunLoad> CgroupMeter::load(const core::RunKey& key) {
    const RunCgroups groups = cgroups_.paths(core::kernel_name(key));
    if (!known(groups)) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    return core::RunLoad{working_set_of(groups),
                         GroupFiles(groups).number("pids", "pids.current").value_or(0)};
}

core::Result<std::vector<core::ProcessRow>> CgroupMeter::processes(const core::RunKey& key) {
    const std::string name = core::kernel_name(key);
    if (!known(cgroups_.paths(name))) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    std::vector<core::ProcessRow> rows;
    for (const std::int32_t pid : cgroups_.processes(name)) {
        // One that ended since is no row.
        if (auto row = read_process_row(pid, proc_)) rows.push_back(std::move(row).value());
    }
    return rows;
}

}  // namespace potd::platform
