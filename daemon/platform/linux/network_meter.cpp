#include "daemon/platform/linux/network_meter.hpp"

#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/linux/traffic_table.hpp"

#include <string>
#include <string_view>

#include <sys/stat.h>

namespace potd::platform {
namespace {

/// Of a process; unset if that cannot be told.
std::optional<NetworkMeter::Place> network_of(int process_directory) {
    struct stat network {};
    if (::fstatat(process_directory, "ns/net", &network, 0) != 0) return std::nullopt;
    return NetworkMeter::Place{network.st_dev, network.st_ino};
}

}  // namespace

std::optional<core::NetworkFigures> NetworkMeter::figures(const core::RunKey& key) {
    const auto first = sources_.first_process(key);
    if (!first) return std::nullopt;
    CounterBuffer buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by reads
    const CounterDirectory process(("/proc/" + std::to_string(first->pid)).c_str(), buffer);
    // Once it is known to be that very process's directory it stays so.
    const auto stat = parse_process_stat(process.read("stat"));
    if (!stat || stat->start_time != first->start_time) return std::nullopt;
    if (!own_) own_ = network_of(CounterDirectory("/proc/thread-self", buffer).get());
    const auto network = network_of(process.get());
    if (!network || !own_ || *network == *own_) return std::nullopt;
    const std::string_view table = process.read("net/dev");
    if (table.empty()) return std::nullopt;  // it has ended
    core::NetworkFigures figures;
    figures.interfaces = parse_traffic(table);
    figures.total = total_of(figures.interfaces);
    const auto addresses = sources_.addresses(key);
    if (!addresses.empty()) figures.connections = connections_.of(addresses);
    return figures;
}

}  // namespace potd::platform
