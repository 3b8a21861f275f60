#pragma once

#include "tests/support/core_fixture.hpp"

#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {

/// A core with bridges, and pots on them.
class BridgeFixture : public testing::Test, public fakes::CoreFixture {
  protected:
    BridgeFixture() { install_base(); }

    static PotSpec bare(const std::string& name) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        return spec;
    }
    static PotSpec on(const std::string& bridge, const std::string& name,
                      const std::vector<std::string>& ports = {}) {
        PotSpec spec = bare(name);
        spec.network.type = bridge == public_bridge ? NetworkType::PublicBridge : NetworkType::PrivateBridge;
        spec.network.bridges = {{bridge, {}, {}, {}}};
        for (const std::string& port : ports)
            spec.ports.push_back(parse_published_port(port, "ports").value());
        return spec;
    }
    Result<Bridge> create_bridge(const std::string& name, const std::string& ipv4 = "") {
        BridgeRequest request;
        request.name = name;
        if (!ipv4.empty()) request.ipv4 = parse_ip_network(ipv4, "ipv4").value();
        return *ask<Bridge>([&](auto reply) { bridges->create(request, reply); });
    }
    Status remove_bridge(const std::string& name) {
        return *ask<void>([&](auto reply) { bridges->remove(name, reply); });
    }
    Result<PotPtr> make(const PotSpec& spec) {
        return *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    Result<PotPtr> publish(const std::string& name, const std::vector<std::string>& ports) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            spec.ports = on("public", name, ports).ports;
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    }
    Result<PotPtr> limit(const std::string& name, const TrafficRates& rates) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            spec.limits.network_rx = rates.rx;
            spec.limits.network_tx = rates.tx;
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    }
    [[nodiscard]] std::string first_address(const std::string& pot) const {
        const PotPtr found = pots->find(pot);
        return found && !found->leases.addresses.empty() ? to_string(found->leases.addresses[0].address)
                                                         : "none";
    }
    [[nodiscard]] const Connections& connected_as(const std::string& pot) const {
        return networks.connected.at(key(pot));
    }
    std::size_t events_of(const std::string& type) {
        std::size_t count = 0;
        for (const Event& event : journal.recorded().events) count += event.type == type ? 1 : 0;
        return count;
    }
};

}  // namespace potd::core
