#include "daemon/platform/linux/network_meter.hpp"

#include "daemon/platform/linux/traffic_table.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <utility>

#include <sys/stat.h>

namespace potd::platform {
namespace {

/// Whether both have one network; unset if that cannot be told.
std::optional<bool> is_same_network(const std::string& process, const std::string& other) {
    struct stat of_process {
    }, of_other{};
    if (::stat((process + "/ns/net").c_str(), &of_process) != 0) return std::nullopt;
    if (::stat((other + "/ns/net").c_str(), &of_other) != 0) return std::nullopt;
    return of_process.st_dev == of_other.st_dev && of_process.st_ino == of_other.st_ino;
}

}  // namespace

std::optional<core::NetworkFigures> NetworkMeter::figures(const core::RunKey& key) {
    const auto first = sources_.first_process(key);
    if (!first) return std::nullopt;
    const std::string process = "/proc/" + std::to_string(first->pid);
    if (is_same_network(process, "/proc/thread-self").value_or(true)) return std::nullopt;
    const auto table = read_file(process + "/net/dev");
    // Looked at last: until then the number was that very process's.
    if (!table || !is_alive(*first)) return std::nullopt;
    core::NetworkFigures figures;
    figures.interfaces = parse_traffic(*table);
    figures.total = total_of(figures.interfaces);
    const auto addresses = sources_.addresses(key);
    if (!addresses.empty()) figures.connections = connections_.of(addresses);
    return figures;
}

}  // namespace potd::platform
