#include "daemon/platform/linux/launch_plan.hpp"

#include "daemon/platform/posix/plan_writer.hpp"

namespace potd::platform {

namespace {

void put_sandbox(PlanWriter& out, const LaunchPlan& plan) {
    out.begin(PlanTag::Sandbox);
    out.number(static_cast<std::uint8_t>(plan.network), 1);
    out.text(plan.network_path, "network_path");
    out.text(plan.hostname, "hostname");
    out.flag(plan.cgroup_namespace);
    out.number(static_cast<std::uint8_t>(plan.root), 1);
    out.text(plan.root_path, "root_path");
    out.text(plan.root_data, "root_data");
    out.number(plan.root_flags, 8);
    out.flag(plan.root_read_only);
    out.end();
}

void put_security(PlanWriter& out, const LaunchPlan& plan) {
    out.begin(PlanTag::Security);
    out.number(plan.capabilities, 8);
    out.flag(plan.no_new_privileges);
    out.flag(plan.new_keyring);
    out.number(plan.umask, 4);
    out.number(static_cast<std::uint32_t>(plan.oom_score_adj), 4);
    out.end();
    if (plan.seccomp.empty()) return;
    out.begin(PlanTag::Seccomp);
    out.raw(plan.seccomp.data(), plan.seccomp.size());
    out.end();
}

void put_cgroup(PlanWriter& out, const CgroupDirectory& directory) {
    out.begin(PlanTag::Cgroup);
    out.text(directory.path, "cgroups");
    out.number(directory.roles, 4);
    out.number(directory.settings.size() * 3, 4);
    for (const CgroupSetting& setting : directory.settings) {
        out.text(setting.file, "cgroups");
        out.text(setting.value, "cgroups");
        out.text(setting.optional ? "1" : "0", "cgroups");
    }
    out.end();
}

void put_mount(PlanWriter& out, const MountStep& step) {
    out.begin(PlanTag::Mount);
    out.number(static_cast<std::uint8_t>(step.kind), 1);
    out.text(step.target, "mounts");
    out.text(step.source, "mounts");
    out.text(step.fstype, "mounts");
    out.number(step.flags, 8);
    out.text(step.data, "mounts");
    out.flag(step.optional);
    out.flag(step.shifted);
    out.end();
}

void put_layers(PlanWriter& out, const std::vector<std::string>& layers) {
    for (const std::string& layer : layers) {
        out.begin(PlanTag::ShiftedLayer);
        out.text(layer, "shifted_layers");
        out.end();
    }
}

void put_mappings(PlanWriter& out, PlanTag tag, const std::vector<IdMapping>& mappings) {
    for (const IdMapping& mapping : mappings) {
        out.begin(tag);
        out.number(mapping.inside, 4);
        out.number(mapping.outside, 4);
        out.number(mapping.count, 4);
        out.end();
    }
}

/// Family (4 or 6), prefix, 16 bytes.
void put_address(PlanWriter& out, const core::IpAddress& address, int prefix) {
    out.number(address.family == core::IpAddress::Family::V4 ? 4 : 6, 1);
    out.number(static_cast<std::uint64_t>(prefix), 1);
    out.raw(address.bytes.data(), address.bytes.size());
}

void put_interface(PlanWriter& out, const PlanInterface& interface) {
    out.begin(PlanTag::Interface);
    out.number(interface.parent, 4);
    out.text(interface.host_end, "network.interfaces");
    out.number(interface.isolated ? 1 : 0, 1);
    out.text(interface.name, "network.interfaces");
    out.number(interface.hardware.size(), 4);
    out.raw(interface.hardware.data(), interface.hardware.size());
    out.number(interface.addresses.size() * plan_address_size, 4);
    for (const core::InterfaceAddress& each : interface.addresses)
        put_address(out, each.address, each.prefix.value_or(each.address.bits()));
    out.number(interface.gateways.size() * plan_address_size, 4);
    for (const core::IpAddress& gateway : interface.gateways) put_address(out, gateway, 0);
    out.number(static_cast<std::uint64_t>(interface.routers), 1);
    out.end();
}

/// overlayfs splits at ',' and ':' and takes a backslash as escape.
std::string escaped(const std::string& path) {
    std::string text;
    for (const char c : path) {
        if (c == ':' || c == ',' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

}  // namespace

core::Result<std::vector<std::byte>> encode(const LaunchPlan& plan) {
    PlanWriter out;
    put_run(out, plan);
    put_sandbox(out, plan);
    put_security(out, plan);
    for (const auto& directory : plan.cgroups) put_cgroup(out, directory);
    for (const auto& step : plan.mounts) put_mount(out, step);
    put_layers(out, plan.shifted_layers);
    for (const auto& interface : plan.interfaces) put_interface(out, interface);
    put_mappings(out, PlanTag::UidMap, plan.uid_map);
    put_mappings(out, PlanTag::GidMap, plan.gid_map);
    return std::move(out).finish();
}

std::string overlay_options(const std::vector<std::string>& lower, const std::string& upper,
                            const std::string& work) {
    std::string options = "lowerdir=";
    for (std::size_t i = 0; i < lower.size(); ++i) options += (i == 0 ? "" : ":") + escaped(lower[i]);
    if (!upper.empty()) options += ",upperdir=" + escaped(upper) + ",workdir=" + escaped(work);
    return options;
}

}  // namespace potd::platform
