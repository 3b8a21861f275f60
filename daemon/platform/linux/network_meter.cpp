#include "daemon/platform/linux/network_meter.hpp"

#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/linux/traffic_table.hpp"

#include <string>
#include <string_view>

#include <unistd.h>

namespace potd::platform {
namespace {

/// "net:[NUMBER]", which no other has while it is there; empty if that cannot be told. The link is not
/// followed: that costs three times as much.
std::string_view network_of(const CounterDirectory& process, CounterBuffer& buffer) {
    const ssize_t size = ::readlinkat(process.get(), "ns/net", buffer.data(), buffer.size());
    return {buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}

}  // namespace

std::optional<core::NetworkFigures> NetworkMeter::figures(const core::RunKey& key) {
    const auto first = sources_.first_process(key);
    if (!first) return std::nullopt;
    CounterBuffer buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by reads
    const CounterDirectory process(("/proc/" + std::to_string(first->pid)).c_str(), buffer);
    // Once it is known to be that very process's directory it stays so.
    const auto stat = parse_process_stat(process.read_once("stat"));
    if (!stat || stat->start_time != first->start_time) return std::nullopt;
    if (own_.empty()) own_ = network_of(CounterDirectory("/proc/thread-self", buffer), buffer);
    const std::string_view network = network_of(process, buffer);
    if (network.empty() || own_.empty() || network == own_) return std::nullopt;
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
