#include "tests/sim/clients.hpp"

#include <array>

namespace potd::sim {
namespace {

/// Takes a few bits of a number at a time.
class Bits {
  public:
    explicit Bits(std::uint32_t number) : left_(number * std::uint64_t{0x9e3779b97f4a7c15}) {}
    std::uint32_t below(std::uint32_t bound) {
        left_ ^= left_ >> 29;
        left_ *= 0xbf58476d1ce4e5b9;
        return static_cast<std::uint32_t>((left_ >> 33) % bound);
    }

  private:
    std::uint64_t left_;
};

std::vector<core::HookSpec> make_hooks(Bits& bits, core::HookStage stage) {
    static constexpr std::array<std::uint32_t, 8> counts{0, 0, 0, 0, 1, 1, 1, 2};
    const bool starting = stage == core::HookStage::Prestart || stage == core::HookStage::Poststart;
    std::vector<core::HookSpec> hooks(counts[bits.below(8)]);
    for (std::size_t i = 0; i < hooks.size(); ++i) {
        hooks[i].command = {"/hook", std::string(core::to_string(stage)), std::to_string(i)};
        hooks[i].abort_on_failure = starting && bits.below(2) == 0;
    }
    return hooks;
}

core::HooksSpec make_all_hooks(Bits& bits) {
    core::HooksSpec hooks;
    hooks.prestart = make_hooks(bits, core::HookStage::Prestart);
    hooks.poststart = make_hooks(bits, core::HookStage::Poststart);
    hooks.prestop = make_hooks(bits, core::HookStage::Prestop);
    hooks.poststop = make_hooks(bits, core::HookStage::Poststop);
    return hooks;
}

core::RestartSpec make_restart(Bits& bits) {
    core::RestartSpec restart;
    switch (bits.below(6)) {
        case 0: restart.policy = core::RestartPolicy::Always; break;
        case 1: restart.policy = core::RestartPolicy::UnlessStopped; break;
        case 2:
            restart.policy = core::RestartPolicy::OnFailure;
            restart.max_retries = bits.below(4) == 0 ? 0 : 1;
            break;
        default: break;
    }
    restart.initial = core::milliseconds{10 + bits.below(200)};
    restart.max = core::milliseconds{1000};
    restart.reset_after = core::milliseconds{bits.below(3) * 200};
    return restart;
}

std::vector<std::string> make_dependencies(Bits& bits) {
    std::vector<std::string> names;
    static constexpr std::array<std::uint32_t, 8> counts{0, 0, 0, 0, 1, 1, 1, 2};
    for (std::uint32_t n = counts[bits.below(8)]; n > 0; --n) names.push_back(name_of(bits.below(4)));
    return names;
}

core::SnapshotSchedule make_schedule(Bits& bits) {
    core::SnapshotSchedule schedule;
    if (bits.below(4) != 0) return schedule;
    schedule.every = core::milliseconds{60'000 * (1 + bits.below(2))};
    schedule.keep = 1 + bits.below(most_scheduled);
    if (bits.below(2) == 0) schedule.keep_for = schedule.every * 2;
    return schedule;
}

void add_network(Bits& bits, core::PotSpec& spec) {
    if (bits.below(3) != 0) return;
    spec.network.type = core::NetworkType::PublicBridge;
    core::BridgeInterface& one = spec.network.bridges.emplace_back();
    one.bridge = core::public_bridge;
    if (bits.below(4) == 0) one.ipv4 = {core::AddressWish::Kind::Given, core::host_at(public_network(), 3)};
    for (std::uint32_t n = bits.below(3); n > 0; --n) {
        core::PublishedPort& port = spec.ports.emplace_back();
        port.container = static_cast<int>(n);
        if (bits.below(4) == 0) port.host = first_port + static_cast<int>(n);
    }
}

}  // namespace

core::IpNetwork public_network() {
    return core::parse_ip_network("10.0.0.0/29", "pool").value();
}

std::string name_of(std::uint32_t number) {
    return std::string(1, static_cast<char>('a' + number % 4));
}

core::PotSpec make_spec(std::string name, std::uint32_t number) {
    Bits bits(number);
    core::PotSpec spec;
    spec.name = std::move(name);
    spec.base = "host";
    spec.command = {"/bin/true"};
    if (bits.below(8) == 0) spec.command.clear();
    spec.hooks = make_all_hooks(bits);
    spec.restart = make_restart(bits);
    spec.depends_on = make_dependencies(bits);
    spec.remove_on_exit = bits.below(6) == 0;
    if (spec.remove_on_exit && bits.below(8) != 0) spec.restart.policy = core::RestartPolicy::No;
    if (spec.restart.policy != core::RestartPolicy::OnFailure) spec.restart.max_retries = 0;
    spec.boot.start = bits.below(5) == 0;
    spec.boot.early = spec.boot.start && bits.below(3) == 0;
    spec.stop.timeout = core::milliseconds{bits.below(3) * 100};
    if (bits.below(4) == 0) spec.stop.command = {"/stop"};
    spec.oom.policy = static_cast<core::OomPolicy>(bits.below(4));
    spec.snapshots = make_schedule(bits);
    add_network(bits, spec);
    return spec;
}

}  // namespace potd::sim
