#include "daemon/platform/linux/cgroup_processes.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/posix/command_text.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using Number = std::optional<std::int64_t>;

std::string command_of(std::int32_t pid, const std::string& proc, const std::string& name) {
    const std::string path = proc + "/" + std::to_string(pid) + "/cmdline";
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, longest_command + 1> arguments{};  // one more tells that there are more
    const ssize_t size = file ? ::read(file.get(), arguments.data(), arguments.size()) : 0;
    return command_text({arguments.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))}, name);
}

std::string user_of(std::int32_t pid, const std::string& proc) {
    const auto status = read_file(proc + "/" + std::to_string(pid) + "/status");
    const Number uid = status ? keyed_number(status.value(), "Uid:") : Number{};
    return uid ? std::to_string(*uid) : std::string("?");
}

std::int64_t ms_of_ticks(std::uint64_t ticks) {
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    constexpr std::int64_t ms_in_a_second = 1000;
    return core::bounded_product(static_cast<std::int64_t>(std::min(ticks, most)), ms_in_a_second) /
           ::sysconf(_SC_CLK_TCK);
}

}  // namespace

core::Result<core::ProcessRow> read_process_row(std::int32_t pid, const std::string& proc) {
    const auto stat = read_process_stat(pid, proc);
    if (!stat) return stat.error();
    core::ProcessRow row;
    row.pid = pid;
    row.parent = stat->parent;
    row.user = user_of(pid, proc);
    row.name = stat->name;
    row.state = stat->state;
    row.resident = core::bounded_product(stat->resident_pages, ::sysconf(_SC_PAGESIZE));
    row.cpu_ms = ms_of_ticks(stat->cpu_ticks);
    row.command = command_of(pid, proc, stat->name);
    return row;
}

core::Result<std::vector<core::ProcessRow>> read_processes(const CgroupTree& cgroups, const core::RunKey& key,
                                                           const std::string& proc) {
    const std::string name = core::kernel_name(key);
    if (!exists(cgroups.main_group(name)))
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    std::vector<core::ProcessRow> rows;
    CommandRoom room;
    for (const std::int32_t pid : cgroups.processes(name)) {
        // One that ended since is no row.
        auto row = read_process_row(pid, proc);
        if (!row) continue;
        room.take(*row);
        rows.push_back(std::move(row).value());
    }
    return rows;
}

}  // namespace potd::platform
