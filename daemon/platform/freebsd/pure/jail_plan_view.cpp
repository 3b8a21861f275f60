#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

namespace potd::platform {

using core::monitor_link::ByteReader;

namespace {

bool read_jail(std::span<const std::byte> payload, JailPart& part) {
    constexpr std::size_t cpu_size = 4;
    ByteReader in(payload);
    part.name = in.text();
    part.root = in.text();
    part.umask = in.u32();
    part.no_new_privileges = in.u8() != 0;
    part.boots = in.u8() != 0;
    const std::uint32_t cpus = in.u32();
    const std::size_t before = part.name.size() + 5 + part.root.size() + 5 + 4 + 2 + 4;
    if (!in.ok() || cpus > payload.size() / cpu_size || before + cpus * cpu_size > payload.size())
        return false;
    part.cpus = payload.subspan(before, cpus * cpu_size);
    const auto rest = payload.subspan(before + cpus * cpu_size);
    part.loopback = !rest.empty() && rest.front() != std::byte{0};
    return !part.name.empty() && is_absolute(part.root);
}

}  // namespace

bool read_parameter(std::span<const std::byte> payload, ParameterView& parameter) {
    ByteReader in(payload);
    parameter.name = in.text();
    parameter.has_value = in.u8() != 0;
    parameter.bytes = in.blob();
    return in.ok() && !parameter.name.empty();
}

bool read_jail_mount(std::span<const std::byte> payload, JailMountView& mount) {
    ByteReader in(payload);
    mount.fstype = in.text();
    mount.target = in.text();
    mount.source = in.text();
    mount.flags = in.u32();
    mount.options = in.list();
    return in.ok() && !mount.fstype.empty() && is_absolute(mount.target) && mount.options.size() % 2 == 0;
}

bool read_device_rule(std::span<const std::byte> payload, DeviceRuleView& rule) {
    ByteReader in(payload);
    rule.pattern = in.text();
    rule.action = in.u8();
    rule.mode = in.i32();
    rule.include = in.u16();
    return in.ok();
}

bool read_limit_rule(std::span<const std::byte> payload, std::string_view& rule) {
    ByteReader in(payload);
    rule = in.text();
    return in.ok() && !rule.empty();
}

AddressView AddressViews::operator[](std::size_t index) const {
    const auto one = bytes_.subspan(index * entry_size, entry_size);
    const bool v6 = one[0] == std::byte{6};
    return {v6, static_cast<std::uint8_t>(one[1]), one.subspan(2, v6 ? 16 : 4)};
}

bool AddressViews::ok() const {
    if (bytes_.size() % entry_size != 0) return false;
    for (std::size_t at = 0; at < bytes_.size(); at += entry_size) {
        const auto family = static_cast<std::uint8_t>(bytes_[at]);
        const auto prefix = static_cast<std::uint8_t>(bytes_[at + 1]);
        if ((family != 4 && family != 6) || prefix > (family == 4 ? 32 : 128)) return false;
    }
    return true;
}

bool read_cable(std::span<const std::byte> payload, CableView& cable) {
    constexpr std::size_t hardware_size = 6, longest_name = 15;
    ByteReader in(payload);
    cable.bridge = in.text();
    cable.host_end = in.text();
    cable.name = in.text();
    cable.note = in.text();
    cable.group = in.text();
    cable.isolated = in.u8() != 0;
    cable.hardware = in.blob();
    cable.addresses = AddressViews(in.blob());
    cable.gateways = AddressViews(in.blob());
    cable.routers = in.u8();
    for (const std::string_view name : {cable.bridge, cable.host_end, cable.name, cable.group}) {
        if (name.empty() || name.size() > longest_name) return false;
    }
    constexpr std::uint8_t last_word = 2;
    return in.ok() && cable.routers <= last_word && cable.hardware.size() == hardware_size &&
           cable.addresses.ok() && cable.gateways.ok();
}

bool read_moved_link(std::span<const std::byte> payload, MovedLinkView& link) {
    constexpr std::size_t longest_name = 15;
    ByteReader in(payload);
    link.name = in.text();
    link.addresses = AddressViews(in.blob());
    link.gateways = AddressViews(in.blob());
    const bool named = !link.name.empty() && link.name.size() <= longest_name;
    return in.ok() && named && link.addresses.ok() && link.gateways.ok();
}

bool read_plan(std::span<const std::byte> bytes, JailView& plan) {
    RunView& run = plan;
    return read_plan(bytes, run) && read_only_one(plan, PlanTag::Jail, plan.jail, read_jail) &&
           check_all(plan, PlanTag::Parameter, read_parameter) &&
           check_all(plan, PlanTag::JailMount, read_jail_mount) &&
           check_all(plan, PlanTag::DeviceRule, read_device_rule) &&
           check_all(plan, PlanTag::LimitRule, read_limit_rule) &&
           check_all(plan, PlanTag::Cable, read_cable) &&
           check_all(plan, PlanTag::MovedLink, read_moved_link);
}

}  // namespace potd::platform
