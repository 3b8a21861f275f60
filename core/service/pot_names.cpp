#include "core/service/pot_names.hpp"

#include "core/model/attributes.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds shortest_pause{20};
constexpr std::size_t pots_per_millisecond = 4;
constexpr milliseconds retry_pause{1000};

/// Its run has something on the machine, so others may reach it.
bool is_up(const Pot& pot) {
    return is_live(pot.state) && pot.run && !pot.run->end && pot.run->stage >= RunStage::Launching &&
           pot.run->stage <= RunStage::Ending;
}

std::size_t hash_of(const NameFile& file) {
    return std::hash<std::string>()(file.text) * 31 + static_cast<std::size_t>(file.kind);
}

/// Its hostname first, as programs that ask for the name of an address get that.
std::vector<std::string> own_names(const PotSpec& spec) {
    if (spec.hostname.empty() || spec.hostname == spec.name) return {spec.name};
    return {spec.hostname, spec.name};
}

std::vector<IpAddress> addresses_of(const Pot& pot) {
    std::vector<IpAddress> addresses;
    for (const PlacedAddress& placed : addresses_of(pot.spec.network)) addresses.push_back(placed.address);
    for (const Leases::Address& lease : pot.leases.addresses) addresses.push_back(lease.address);
    for (const PlacedAddress& placed : addresses_of_devices(pot.spec.network))
        addresses.push_back(placed.address);
    return addresses;
}

bool same_files(const Pot& left, const Pot& right) {
    return left.spec.hosts == right.spec.hosts && left.spec.dns == right.spec.dns &&
           left.spec.hostname == right.spec.hostname && left.spec.network == right.spec.network &&
           knows_no_neighbours(left.spec) == knows_no_neighbours(right.spec) &&
           left.leases.addresses == right.leases.addresses;
}

}  // namespace

PotNames::PotNames(Ports ports)
    : ports_(std::move(ports)),
      learnt_({ports_.clock, ports_.timers, ports_.by_id, ports_.advertised,
               [this](const Pot& pot) { touch(pot); }}) {}

Status PotNames::check(const PotSpec& spec) const {
    if (spec.dns.mode != DnsMode::Pot) return {};
    const auto refuse = [](ErrorKind kind, const std::string& why) {
        Error refused = error(kind, "dns.mode: " + why);
        refused.field = "dns.mode";
        return refused;
    };
    if (ports_.dns_pot.empty())
        return refuse(ErrorKind::Unsupported,
                      "no pot answers for names here; network.dns_pot of the configuration names one");
    if (spec.name == ports_.dns_pot)
        return invalid_field("dns.mode", "pot", "another one: " + spec.name + " would ask itself");
    if (ports_.find(ports_.dns_pot)) return {};
    return refuse(ErrorKind::NotFound,
                  "the pot " + ports_.dns_pot + " (network.dns_pot of the configuration) does not exist");
}

// What the files say

PotNames::Peers PotNames::peers_on(const std::set<std::string>* bridges) const {
    std::map<std::string, std::vector<NamedPot>> pots;
    for (const PotPtr& pot : ports_.pots()) {
        if (!pot || pot->spec.network.bridges.empty() || !is_up(*pot)) continue;
        for (const Leases::Address& lease : bridge_addresses(*pot)) {
            if (bridges != nullptr && !bridges->contains(lease.bridge)) continue;
            auto& on_bridge = pots[lease.bridge];
            if (on_bridge.empty() || on_bridge.back().name != pot->spec.name)
                on_bridge.push_back({pot->spec.name, {}});
            on_bridge.back().addresses.push_back(lease.address);
        }
    }
    Peers peers;
    for (auto& [bridge, on_bridge] : pots) peers[bridge] = peers_text(std::move(on_bridge));
    return peers;
}

std::vector<Leases::Address> PotNames::bridge_addresses(const Pot& pot) const {
    std::vector<Leases::Address> all = pot.leases.addresses;
    for (const auto& [bridge, address] : learnt_.of(pot.id)) all.push_back({bridge, address});
    return all;
}

NameFile PotNames::hosts_of(const Pot& pot, const Peers& peers) const {
    if (pot.spec.network.type == NetworkType::Inherit) {
        if (pot.spec.hosts.empty()) return {NameFile::Kind::Host};
        return {NameFile::Kind::Copy, entries_text(pot.spec.hosts)};
    }
    HostsContent content{own_names(pot.spec), addresses_of(pot), pot.spec.hosts, {}};
    for (const auto& [bridge, address] : learnt_.of(pot.id)) content.addresses.push_back(address);
    if (knows_no_neighbours(pot.spec)) return {NameFile::Kind::Text, hosts_text(content)};
    for (const BridgeInterface& one : pot.spec.network.bridges) {
        if (const auto found = peers.find(one.bridge); found != peers.end())
            content.bridges.push_back(&found->second);
    }
    return {NameFile::Kind::Text, hosts_text(content)};
}

Result<std::vector<IpAddress>> PotNames::dns_servers(const Pot& pot) const {
    constexpr std::size_t most = 3;  // as resolvers ask no more
    const PotPtr dns = ports_.dns_pot.empty() ? nullptr : ports_.find(ports_.dns_pot);
    if (!dns)
        return error(ErrorKind::NotFound, "dns.mode: the pot " + ports_.dns_pot +
                                              " that answers for names (network.dns_pot) does not exist");
    std::vector<IpAddress> servers = addresses_of(*dns);
    std::set<IpAddress> near;
    for (const Leases::Address& lease : dns->leases.addresses) {
        const auto& bridges = pot.spec.network.bridges;
        if (std::any_of(bridges.begin(), bridges.end(),
                        [&](const BridgeInterface& one) { return one.bridge == lease.bridge; }))
            near.insert(lease.address);
    }
    std::stable_partition(servers.begin(), servers.end(),
                          [&](const IpAddress& address) { return near.contains(address); });
    if (servers.size() > most) servers.resize(most);
    if (!servers.empty()) return servers;
    return error(ErrorKind::Conflict,
                 "dns.mode: the pot " + ports_.dns_pot + " (network.dns_pot) has no address of its own");
}

Result<NameFile> PotNames::resolver_of(const Pot& pot) const {
    const DnsSpec& dns = pot.spec.dns;
    switch (dns.mode) {
        case DnsMode::Off: return NameFile{};
        case DnsMode::Inherit:
            switch (pot.spec.network.type) {
                case NetworkType::None: return NameFile{};
                case NetworkType::Inherit: return NameFile{NameFile::Kind::Host};
                default: return NameFile{NameFile::Kind::Copy};
            }
        case DnsMode::Custom:
            return NameFile{NameFile::Kind::Text, resolver_text(dns.servers, dns.search, dns.options)};
        case DnsMode::Pot: break;
    }
    const auto servers = dns_servers(pot);
    if (!servers) return servers.error();
    std::vector<std::string> search = dns.search;
    const std::string domain = domain_of(pot.spec.hostname);
    if (search.empty() && !domain.empty()) search.push_back(domain);
    return NameFile{NameFile::Kind::Text, resolver_text(*servers, search, dns.options)};
}

Result<NameFiles> PotNames::for_launch(const Pot& pot) {
    std::set<std::string> bridges;
    for (const BridgeInterface& one : pot.spec.network.bridges) bridges.insert(one.bridge);
    auto resolver = resolver_of(pot);
    if (!resolver) return std::move(resolver).error();
    NameFiles files{hosts_of(pot, bridges.empty() ? Peers() : peers_on(&bridges)), *std::move(resolver)};
    written_[pot.id] = {hash_of(files.hosts), hash_of(files.resolver)};
    return files;
}

// Keeping them so

void PotNames::on_change(const PotPtr& before, const PotPtr& next) {
    const bool was_up = is_up(*before);
    const bool up = next && is_up(*next);
    const bool is_dns = !ports_.dns_pot.empty() &&
                        (before->spec.name == ports_.dns_pot || (next && next->spec.name == ports_.dns_pot));
    if (is_dns && (!next || next->spec.name != before->spec.name || !same_files(*before, *next))) {
        dns_moved_ = true;
        schedule();
    }
    if (!up) written_.erase(before->id);
    if (!up) learnt_.end(before->id);
    if (up && !was_up) learnt_.begin(*next);
    if (was_up != up) return touch(up ? *next : *before);
    if (!up || same_files(*before, *next)) return;
    if (before->leases.addresses != next->leases.addresses) touch(*next);
    std::set<std::string> bridges;
    for (const BridgeInterface& one : next->spec.network.bridges) bridges.insert(one.bridge);
    put(*next, bridges.empty() ? Peers() : peers_on(&bridges));
}

void PotNames::touch(const Pot& pot) {
    if (pot.spec.network.bridges.empty()) return;
    for (const BridgeInterface& one : pot.spec.network.bridges) touched_.insert(one.bridge);
    schedule();
}

void PotNames::schedule() {
    if (due_) return;
    due_ = true;
    if (ports_.clock.steady() >= next_)
        ports_.executor.post([this] { refresh(); });
    else
        ports_.timers.arm(next_, [this] { refresh(); });
}

void PotNames::refresh() {
    due_ = false;
    const std::set<std::string> touched = std::exchange(touched_, {});
    const std::unordered_set<PotId> unwritten = std::exchange(unwritten_, {});
    const bool dns_moved = std::exchange(dns_moved_, false);
    const Peers peers = peers_on(nullptr);
    std::size_t pots = 0;
    next_ = ports_.clock.steady().plus(shortest_pause);
    for (const PotPtr& pot : ports_.pots()) {
        if (!pot || !is_up(*pot)) continue;
        const auto& bridges = pot->spec.network.bridges;
        pots += bridges.empty() ? 0 : 1;
        const bool near = std::any_of(bridges.begin(), bridges.end(), [&](const BridgeInterface& one) {
            return touched.contains(one.bridge);
        });
        if (near || unwritten.contains(pot->id) || (dns_moved && pot->spec.dns.mode == DnsMode::Pot))
            put(*pot, peers);
    }
    next_ = next_.plus(milliseconds(static_cast<std::int64_t>(pots / pots_per_millisecond)));
}

void PotNames::put(const Pot& pot, const Peers& peers) {
    NameFiles files{hosts_of(pot, peers), {}};
    // Without the pot that is asked for names there is nothing better than what the file says already.
    if (auto resolver = resolver_of(pot)) files.resolver = *std::move(resolver);
    const Written next{hash_of(files.hosts), hash_of(files.resolver)};
    if (const auto known = written_.find(pot.id); known != written_.end()) {
        if (known->second.hosts == next.hosts) files.hosts = {};
        if (known->second.resolver == next.resolver) files.resolver = {};
    }
    if (files == NameFiles()) return;
    const Status done = ports_.runtime.put_names({pot.id, pot.run->number}, files);
    if (done || done.error().kind == ErrorKind::NotFound) {  // its end is on the way
        written_[pot.id] = next;
        return;
    }
    if (ports_.complain) ports_.complain("pot " + pot.spec.name + ": names: " + done.error().message);
    next_ = ports_.clock.steady().plus(retry_pause);
    unwritten_.insert(pot.id);
    schedule();
}

void PotNames::settle() {
    written_.clear();
    for (const PotPtr& pot : ports_.pots()) {
        if (pot && is_up(*pot)) learnt_.begin(*pot);
    }
    const Peers peers = peers_on(nullptr);
    for (const PotPtr& pot : ports_.pots()) {
        if (pot && is_up(*pot)) put(*pot, peers);
    }
}

}  // namespace potd::core
