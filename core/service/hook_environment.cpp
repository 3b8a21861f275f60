#include "core/service/hook_environment.hpp"

#include <algorithm>
#include <string>

namespace potd::core {
namespace {

std::string number_or_empty(const std::optional<int>& value) {
    return value ? std::to_string(*value) : std::string();
}

/// IPv4 before IPv6, each with the interface it is on.
std::vector<PlacedAddress> all_addresses(const Pot& pot) {
    std::vector<PlacedAddress> all = addresses_of(pot.spec.network);
    for (const IpAddress::Family family : {IpAddress::Family::V4, IpAddress::Family::V6}) {
        for (std::size_t i = 0; i < pot.spec.network.bridges.size(); ++i) {
            for (const Leases::Address& one : pot.leases.addresses) {
                if (one.bridge == pot.spec.network.bridges[i].bridge && one.address.family == family)
                    all.push_back({"eth" + std::to_string(i), one.address, {}});
            }
        }
    }
    const auto of_devices = addresses_of_devices(pot.spec.network);
    all.insert(all.end(), of_devices.begin(), of_devices.end());
    std::stable_sort(all.begin(), all.end(), [](const PlacedAddress& left, const PlacedAddress& right) {
        return left.address.family < right.address.family;
    });
    return all;
}

/// As `pot info -E` has them: the first address, each one by its number, and the names of those variables.
void add_addresses(std::vector<EnvVar>& env, const Pot& pot) {
    const auto all = all_addresses(pot);
    if (pot.spec.network.type == NetworkType::PrivateBridge)
        env.push_back({"_POT_BRIDGE", pot.spec.network.bridges.front().bridge});
    env.push_back({"_POT_IP", all.empty() ? std::string() : to_string(all.front().address)});
    if (all.empty()) return;
    std::string ip_names, nic_names;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string ip = "_POT_IP_" + std::to_string(i), nic = "_POT_NIC_" + std::to_string(i);
        env.push_back({ip, to_string(all[i].address)});
        env.push_back({nic, all[i].interface});
        ip_names += (i == 0 ? "" : " ") + ip;
        nic_names += (i == 0 ? "" : " ") + nic;
    }
    env.push_back({"_POT_IP_LIST", ip_names});
    env.push_back({"_POT_NIC_LIST", nic_names});
}

}  // namespace

std::vector<EnvVar> hook_environment(const Pot& pot, HookStage stage, std::uint32_t attempt) {
    std::vector<EnvVar> env{
        {"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        {"_POT_NAME", pot.spec.name},
        {"POTD_POT_ID", pot.id.text},
        {"POTD_RUN", std::to_string(pot.run->number)},
        {"POTD_HOOK", std::string(to_string(stage))},
        {"POTD_HOOK_ATTEMPT", std::to_string(attempt)},
    };
    add_addresses(env, pot);
    if (const auto& end = pot.run->end) {
        env.push_back({"POTD_REASON", end->reason});
        env.push_back({"POTD_EXIT_CODE", number_or_empty(end->exit_code)});
        env.push_back({"POTD_EXIT_SIGNAL", number_or_empty(end->signal)});
        env.push_back({"POTD_OOM", end->oom ? "1" : "0"});
    }
    return env;
}

}  // namespace potd::core
