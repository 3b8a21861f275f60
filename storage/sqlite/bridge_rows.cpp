#include "storage/sqlite/bridge_rows.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace potd::storage {
namespace {

using core::Result;
using core::Status;

core::Error unreadable(const std::string& what) {
    return core::error(core::ErrorKind::Internal, what + " is unknown to this potd");
}

void bind_network(Statement& statement, const std::optional<core::BridgeNetwork>& side, int first,
                  std::string& network, std::string& gateway) {
    network = side ? core::to_string(side->network) : std::string();
    gateway = side ? core::to_string(side->gateway) : std::string();
    statement.bind(first, std::string_view(network)).bind(first + 1, std::string_view(gateway));
}

Result<std::optional<core::BridgeNetwork>> read_network(const Statement& row, int first) {
    if (row.text(first).empty()) return std::optional<core::BridgeNetwork>();
    const auto network = core::parse_ip_network(row.text(first), "network");
    const auto gateway = core::parse_ip_address(row.text(first + 1));
    if (!network || !gateway)
        return unreadable("network " + row.string(0) + ": stored \"" + row.string(first) + "\"");
    return std::optional(core::BridgeNetwork{*network, *gateway});
}

Status run_for_pot(Database& database, std::string_view sql, const core::PotId& pot) {
    const Result<Statement*> statement = database.statement(sql);
    if (!statement) return statement.error();
    return (*statement)->bind(1, std::string_view(pot.text)).run();
}

/// Pots come ordered by id; a lease needs its pot.
core::Pot& pot_of(std::vector<core::Pot>& pots, std::string_view id) {
    return *std::lower_bound(pots.begin(), pots.end(), id, [](const core::Pot& pot, std::string_view other) {
        return pot.id.text < other;
    });
}

}  // namespace

Status put_bridge(Database& database, const core::Bridge& bridge) {
    // The same once more is no change; another one of that name is refused by the key.
    const Result<Statement*> row = database.statement(
        "INSERT INTO bridges (name, ipv4_network, ipv4_gateway, ipv6_network, ipv6_gateway, isolated,"
        " created_at, uplink, routed)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE NOT EXISTS (SELECT 1 FROM bridges"
        " WHERE name = ?1 AND ipv4_network = ?2 AND ipv6_network = ?4 AND uplink = ?8)");
    if (!row) return row.error();
    std::string network;
    std::string gateway;
    std::string network6;
    std::string gateway6;
    (*row)->bind(1, std::string_view(bridge.name));
    bind_network(**row, bridge.ipv4, 2, network, gateway);
    bind_network(**row, bridge.ipv6, 4, network6, gateway6);
    return (*row)
        ->bind(6, std::int64_t{bridge.isolated})
        .bind(7, bridge.created_at.ms)
        .bind(8, std::string_view(bridge.uplink))
        .bind(9, std::int64_t{bridge.routed})
        .run();
}

Status remove_bridge(Database& database, const std::string& name) {
    const Result<Statement*> row = database.statement("DELETE FROM bridges WHERE name = ?1");
    if (!row) return row.error();
    return (*row)->bind(1, std::string_view(name)).run();
}

Status read_bridges(Database& database, std::vector<core::Bridge>& bridges) {
    const Result<Statement*> rows = database.statement(
        "SELECT name, ipv4_network, ipv4_gateway, ipv6_network, ipv6_gateway, isolated,"
        " created_at, uplink, routed FROM bridges ORDER BY name");
    if (!rows) return rows.error();
    return (*rows)->each([&](const Statement& row) -> Status {
        auto ipv4 = read_network(row, 1);
        if (!ipv4) return std::move(ipv4).error();
        auto ipv6 = read_network(row, 3);
        if (!ipv6) return std::move(ipv6).error();
        bridges.push_back({row.string(0), *std::move(ipv4), *std::move(ipv6), row.integer(5) != 0,
                           core::WallTime{row.integer(6)}, row.string(7), row.integer(8) != 0});
        return {};
    });
}

Status put_leases(Database& database, const core::PotId& pot, const core::Leases& leases) {
    Status done = run_for_pot(database, "DELETE FROM address_leases WHERE pot = ?1", pot);
    if (done) done = run_for_pot(database, "DELETE FROM port_leases WHERE pot = ?1", pot);
    if (!done) return done;
    const Result<Statement*> address = database.statement(
        "INSERT INTO address_leases (bridge, address, pot, position) VALUES (?1, ?2, ?3, ?4)");
    if (!address) return address.error();
    std::int64_t position = 0;
    for (const core::Leases::Address& one : leases.addresses) {
        const std::string text = core::to_string(one.address);
        done = (*address)
                   ->bind(1, std::string_view(one.bridge))
                   .bind(2, std::string_view(text))
                   .bind(3, std::string_view(pot.text))
                   .bind(4, position++)
                   .run();
        if (!done) return std::move(done).in(text + " of network " + one.bridge);
    }
    const Result<Statement*> port =
        database.statement("INSERT INTO port_leases (pot, position, host) VALUES (?1, ?2, ?3)");
    if (!port) return port.error();
    position = 0;
    for (const int host : leases.host_ports) {
        done = (*port)
                   ->bind(1, std::string_view(pot.text))
                   .bind(2, position++)
                   .bind(3, std::int64_t{host})
                   .run();
        if (!done) return std::move(done).in("port " + std::to_string(host));
    }
    return {};
}

Status read_leases(Database& database, std::vector<core::Pot>& pots) {
    const Result<Statement*> addresses =
        database.statement("SELECT pot, bridge, address FROM address_leases ORDER BY pot, position");
    if (!addresses) return addresses.error();
    Status read = (*addresses)->each([&](const Statement& row) -> Status {
        const auto address = core::parse_ip_address(row.text(2));
        if (!address) return unreadable("stored address \"" + row.string(2) + "\"");
        pot_of(pots, row.text(0)).leases.addresses.push_back({row.string(1), *address});
        return {};
    });
    if (!read) return read;
    const Result<Statement*> ports =
        database.statement("SELECT pot, host FROM port_leases ORDER BY pot, position");
    if (!ports) return ports.error();
    return (*ports)->each([&](const Statement& row) -> Status {
        pot_of(pots, row.text(0)).leases.host_ports.push_back(static_cast<int>(row.integer(1)));
        return {};
    });
}

}  // namespace potd::storage
