#include "daemon/platform/freebsd/jail_processes.hpp"

#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/posix/command_text.hpp"

#include <cstdint>
#include <utility>

#include <sys/proc.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// As ps(1) tells them.
char letter_of(const kinfo_proc& process) {
    switch (process.ki_stat) {
        case SSTOP: return 'T';
        case SRUN: return 'R';
        case SZOMB: return 'Z';
        case SWAIT: return 'W';
        case SLOCK: return 'L';
        case SSLEEP: return (process.ki_tdflags & TDF_SINTR) != 0 ? 'S' : 'D';
        default: return '?';
    }
}

core::ProcessRow row_of(const kinfo_proc& process) {
    core::ProcessRow row;
    row.pid = process.ki_pid;
    row.parent = process.ki_ppid;
    row.user = std::to_string(process.ki_ruid);
    row.name = &process.ki_comm[0];
    row.state = letter_of(process);
    row.resident = static_cast<std::int64_t>(process.ki_rssize) * ::getpagesize();
    row.cpu_ms = static_cast<std::int64_t>(process.ki_runtime) / 1000;
    row.command = command_of(process);
    return row;
}

}  // namespace

core::Result<std::vector<core::ProcessRow>> read_processes(const std::string& instance,
                                                           const core::RunKey& key) {
    const int jail = find_jail(jail_name(instance, key));
    if (jail < 0) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    auto processes = jail_processes(jail);
    if (!processes) return std::move(processes).error();
    std::vector<core::ProcessRow> rows;
    rows.reserve(processes->size());
    CommandRoom room;
    for (const kinfo_proc& process : *processes) room.take(rows.emplace_back(row_of(process)));
    return rows;
}

}  // namespace potd::platform
