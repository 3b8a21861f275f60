#include "daemon/platform/freebsd/process_table.hpp"

#include "daemon/platform/posix/command_text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/sysctl.h>
#include <sys/uio.h>

namespace potd::platform {
namespace {

/// jail_get(2) wants its strings writable and takes their ends as part of them.
iovec part(std::string& text) {
    return {text.data(), text.size() + 1};
}

}  // namespace

int find_jail(const std::string& name) {
    std::string key = "name";
    std::string value = name;
    std::array<iovec, 2> parameters{part(key), part(value)};
    return ::jail_get(parameters.data(), parameters.size(), 0);
}

/// The table grows between the two questions: room for what is born meanwhile.
core::Result<std::vector<kinfo_proc>> all_processes() {
    std::array<int, 3> name{CTL_KERN, KERN_PROC, KERN_PROC_PROC};
    while (true) {
        std::size_t size = 0;
        if (::sysctl(name.data(), name.size(), nullptr, &size, nullptr, 0) != 0)
            return core::os_error(errno, "list processes");
        std::vector<kinfo_proc> table(size / sizeof(kinfo_proc) + 64);
        size = table.size() * sizeof(kinfo_proc);
        if (::sysctl(name.data(), name.size(), table.data(), &size, nullptr, 0) == 0) {
            table.resize(size / sizeof(kinfo_proc));
            return table;
        }
        if (errno != ENOMEM) return core::os_error(errno, "list processes");
    }
}

core::Result<std::vector<kinfo_proc>> jail_processes(int jail) {
    auto table = all_processes();
    if (!table) return table;
    std::erase_if(*table, [jail](const kinfo_proc& process) {
        return process.ki_jid != jail || process.ki_stat == SZOMB;
    });
    return table;
}

std::string command_of(const kinfo_proc& process) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_ARGS, process.ki_pid};
    std::string arguments(ARG_MAX > 65536 ? 65536 : ARG_MAX, '\0');
    std::size_t size = arguments.size();
    const bool known = ::sysctl(name.data(), name.size(), arguments.data(), &size, nullptr, 0) == 0;
    arguments.resize(known ? size : 0);
    return command_text(arguments, &process.ki_comm[0]);
}

}  // namespace potd::platform
