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

bool read_plan(std::span<const std::byte> bytes, JailView& plan) {
    RunView& run = plan;
    return read_plan(bytes, run) && read_only_one(plan, PlanTag::Jail, plan.jail, read_jail) &&
           check_all(plan, PlanTag::Parameter, read_parameter) &&
           check_all(plan, PlanTag::JailMount, read_jail_mount) &&
           check_all(plan, PlanTag::DeviceRule, read_device_rule) &&
           check_all(plan, PlanTag::LimitRule, read_limit_rule);
}

}  // namespace potd::platform
