#include "daemon/platform/freebsd/pure/jail_plan.hpp"

#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"
#include "daemon/platform/posix/plan_writer.hpp"

namespace potd::platform {
namespace {

void put_jail(PlanWriter& out, const JailPlan& plan) {
    out.begin(PlanTag::Jail);
    out.text(plan.jail, "name");
    out.text(plan.root, "root");
    out.number(plan.umask, 4);
    out.flag(plan.no_new_privileges);
    out.flag(plan.boots);
    out.number(plan.cpus.size(), 4);
    for (const std::uint32_t cpu : plan.cpus) out.number(cpu, 4);
    out.flag(plan.loopback);
    out.end();
}

void put_parameter(PlanWriter& out, const JailParameter& parameter) {
    out.begin(PlanTag::Parameter);
    out.text(parameter.name, "attributes");
    out.flag(parameter.has_value);
    out.number(parameter.bytes.size(), 4);
    out.raw(parameter.bytes.data(), parameter.bytes.size());
    out.end();
}

void put_mount(PlanWriter& out, const JailMount& mount) {
    out.begin(PlanTag::JailMount);
    out.text(mount.fstype, "mounts");
    out.text(mount.target, "mounts");
    out.text(mount.source, "mounts");
    out.number(mount.flags, 4);
    out.list(mount.options, "mounts");
    out.end();
}

void put_rule(PlanWriter& out, const DeviceRule& rule) {
    out.begin(PlanTag::DeviceRule);
    out.text(rule.pattern, "attributes.devfs_rules");
    out.number(rule.action, 1);
    out.number(static_cast<std::uint32_t>(rule.mode), 4);
    out.number(rule.include, 2);
    out.end();
}

void put_addresses(PlanWriter& out, const std::vector<core::InterfaceAddress>& addresses) {
    out.number(addresses.size() * AddressViews::entry_size, 4);
    for (const core::InterfaceAddress& one : addresses) {
        out.number(one.address.family == core::IpAddress::Family::V4 ? 4 : 6, 1);
        out.number(static_cast<std::uint64_t>(one.prefix.value_or(one.address.bits())), 1);
        out.raw(one.address.bytes.data(), one.address.bytes.size());
    }
}

void put_gateways(PlanWriter& out, const std::vector<core::IpAddress>& gateways) {
    std::vector<core::InterfaceAddress> whole;
    whole.reserve(gateways.size());
    for (const core::IpAddress& one : gateways) whole.push_back({one, one.bits()});
    put_addresses(out, whole);
}

void put_device(PlanWriter& out, const JailDevice& device) {
    out.begin(PlanTag::MovedLink);
    out.text(device.name, "network.devices");
    put_addresses(out, device.addresses);
    put_gateways(out, device.gateways);
    out.end();
}

void put_cable(PlanWriter& out, const JailCable& cable) {
    constexpr std::string_view field = "network.interfaces";
    out.begin(PlanTag::Cable);
    for (const std::string* text : {&cable.bridge, &cable.host_end, &cable.name, &cable.note, &cable.group})
        out.text(*text, field);
    out.flag(cable.isolated);
    out.number(cable.hardware.size(), 4);
    out.raw(cable.hardware.data(), cable.hardware.size());
    put_addresses(out, cable.addresses);
    put_gateways(out, cable.gateways);
    out.number(static_cast<std::uint64_t>(cable.routers), 1);
    out.end();
}

}  // namespace

core::Result<std::vector<std::byte>> encode(const JailPlan& plan) {
    PlanWriter out;
    put_run(out, plan);
    put_jail(out, plan);
    for (const JailParameter& parameter : plan.parameters) put_parameter(out, parameter);
    for (const JailMount& mount : plan.mounts) put_mount(out, mount);
    for (const DeviceRule& rule : plan.device_rules) put_rule(out, rule);
    for (const std::string& rule : plan.limit_rules) {
        out.begin(PlanTag::LimitRule);
        out.text(rule, "limits");
        out.end();
    }
    for (const JailCable& cable : plan.cables) put_cable(out, cable);
    for (const JailDevice& device : plan.devices) put_device(out, device);
    return std::move(out).finish();
}

}  // namespace potd::platform
