#include "tests/fakes/fake_networks.hpp"

namespace potd::fakes {

core::Status FakeNetworks::check_uplink(const std::string& uplink) const {
    if (spare_interfaces.contains(uplink)) return {};
    core::Error refused = core::error(core::ErrorKind::Conflict, "uplink: there is no '" + uplink + "'");
    refused.field = "uplink";
    return refused;
}

core::Networks::Advertised FakeNetworks::advertised(const core::RunKey& run,
                                                    const core::ProcessIdentity& /*inside*/) const {
    Advertised all;
    const auto found = connected.find(run);
    if (found == connected.end() || !by_routers) return all;
    for (const core::Connection& one : found->second.interfaces) {
        if (!one.bridge.uplink.empty()) all.emplace(one.bridge.name, *by_routers);
    }
    return all;
}

core::Status FakeNetworks::raise(const core::Bridge& bridge) {
    if (error) return *error;
    raised.insert(bridge.name);
    return {};
}

core::Status FakeNetworks::remove(const std::string& bridge) {
    raised.erase(bridge);
    return {};
}

core::Status FakeNetworks::check_free(const std::vector<core::PortForward>& ports) const {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (const auto& [port, owner] : listeners) {
            if (port < ports[i].host || port >= ports[i].host + ports[i].count) continue;
            core::Error taken = core::error(core::ErrorKind::Conflict, "ports: " + owner + " listens there");
            taken.field = "ports[" + std::to_string(i) + "].host";
            return taken;
        }
    }
    return {};
}

core::Status FakeNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    if (error) return *error;
    if (core::Status free = check_free(connections.ports); !free) return free;
    for (const core::Connection& one : connections.interfaces) raised.insert(one.bridge.name);
    connected[run] = connections;
    return {};
}

core::Status FakeNetworks::change_ports(const core::RunKey& run,
                                        const std::vector<core::PortForward>& ports) {
    if (error) return *error;
    connected.at(run).ports = ports;
    return {};
}

core::Status FakeNetworks::change_rates(const core::RunKey& run, const core::TrafficRates& rates) {
    if (error) return *error;
    if (const auto found = connected.find(run); found != connected.end()) found->second.rates = rates;
    return {};
}

core::Status FakeNetworks::disconnect(const core::RunKey& run) {
    connected.erase(run);
    return {};
}

core::Status FakeNetworks::settle(const std::vector<core::Bridge>& bridges, const Live& live) {
    std::set<std::string> known;
    for (const core::Bridge& bridge : bridges) known.insert(bridge.name);
    std::erase_if(raised, [&](const std::string& name) { return !known.contains(name); });
    connected = live;
    return {};
}

}  // namespace potd::fakes
