#include "daemon/platform/linux/plan_view.hpp"

namespace potd::platform {

using core::monitor_link::ByteReader;

namespace {

constexpr std::size_t filter_size = 8;       // struct sock_filter
constexpr std::size_t max_filters = 0xffff;  // sock_fprog counts in 16 bits

bool read_sandbox(std::span<const std::byte> payload, SandboxPart& part) {
    ByteReader in(payload);
    const std::uint8_t network = in.u8();
    part.network = static_cast<LaunchPlan::Network>(network);
    part.network_path = in.text();
    part.hostname = in.text();
    part.cgroup_namespace = in.u8() != 0;
    const std::uint8_t root = in.u8();
    part.root = static_cast<LaunchPlan::Root>(root);
    part.root_path = in.text();
    part.root_data = in.text();
    part.root_flags = in.u64();
    part.root_read_only = in.u8() != 0;
    return in.ok() && network <= 2 && root <= 1;
}

bool read_security(std::span<const std::byte> payload, SecurityPart& part) {
    ByteReader in(payload);
    part.capabilities = in.u64();
    part.no_new_privileges = in.u8() != 0;
    part.new_keyring = in.u8() != 0;
    part.umask = in.u32();
    part.oom_score_adj = in.i32();
    return in.ok();
}

bool read_seccomp(PlanView& plan) {
    for (const auto payload : plan.of(PlanTag::Seccomp)) plan.security.seccomp = payload;
    const std::size_t size = plan.security.seccomp.size();
    return size % filter_size == 0 && size / filter_size <= max_filters;
}

}  // namespace

bool read_cgroup(std::span<const std::byte> payload, CgroupView& cgroup) {
    ByteReader in(payload);
    cgroup.path = in.text();
    cgroup.roles = in.u32();
    cgroup.settings = in.list();
    return in.ok() && is_absolute(cgroup.path) && cgroup.settings.size() % 3 == 0;
}

bool read_mount(std::span<const std::byte> payload, MountView& mount) {
    ByteReader in(payload);
    const std::uint8_t kind = in.u8();
    mount.kind = static_cast<MountStep::Kind>(kind);
    mount.target = in.text();
    mount.source = in.text();
    mount.fstype = in.text();
    mount.flags = in.u64();
    mount.data = in.text();
    mount.optional = in.u8() != 0;
    mount.shifted = in.u8() != 0;
    return in.ok() && kind <= static_cast<std::uint8_t>(MountStep::Kind::BindFile) &&
           is_absolute(mount.target);
}

AddressList::Address AddressList::operator[](std::size_t index) const {
    const auto one = bytes_.subspan(index * plan_address_size, plan_address_size);
    const bool v4 = one[0] == std::byte{4};
    return {one.subspan(2, v4 ? 4 : 16), static_cast<std::uint8_t>(one[1])};
}

bool AddressList::ok() const {
    if (bytes_.size() % plan_address_size != 0) return false;
    for (std::size_t at = 0; at < bytes_.size(); at += plan_address_size) {
        const auto family = static_cast<std::uint8_t>(bytes_[at]);
        const auto prefix = static_cast<std::uint8_t>(bytes_[at + 1]);
        if ((family != 4 && family != 6) || prefix > (family == 4 ? 32 : 128)) return false;
    }
    return true;
}

bool AddressList::has_v6() const {
    for (std::size_t i = 0; i < size(); ++i) {
        if ((*this)[i].bytes.size() == 16) return true;
    }
    return false;
}

bool read_interface(std::span<const std::byte> payload, InterfaceView& interface) {
    constexpr std::size_t hardware_size = 6;
    ByteReader in(payload);
    interface.parent = in.u32();
    interface.host_end = in.text();
    interface.isolated = in.u8() != 0;
    interface.name = in.text();
    interface.hardware = in.blob();
    interface.addresses = AddressList(in.blob());
    interface.gateways = AddressList(in.blob());
    const std::uint8_t routers = in.u8();
    interface.routers = static_cast<PlanInterface::Routers>(routers);
    return in.ok() && routers <= static_cast<std::uint8_t>(PlanInterface::Routers::DefaultRoute) &&
           !interface.name.empty() && interface.hardware.size() == hardware_size &&
           interface.addresses.ok() && interface.gateways.ok();
}

bool read_layer(std::span<const std::byte> payload, std::string_view& path) {
    ByteReader in(payload);
    path = in.text();
    return in.ok() && is_absolute(path);
}

bool read_id_mapping(std::span<const std::byte> payload, IdMapping& mapping) {
    ByteReader in(payload);
    mapping.inside = in.u32();
    mapping.outside = in.u32();
    mapping.count = in.u32();
    return in.ok() && mapping.count != 0;
}

bool read_plan(std::span<const std::byte> bytes, PlanView& plan) {
    RunView& run = plan;
    return read_plan(bytes, run) && read_only_one(plan, PlanTag::Sandbox, plan.sandbox, read_sandbox) &&
           read_only_one(plan, PlanTag::Security, plan.security, read_security) &&
           check_all(plan, PlanTag::Cgroup, read_cgroup) && check_all(plan, PlanTag::Mount, read_mount) &&
           check_all(plan, PlanTag::ShiftedLayer, read_layer) &&
           check_all(plan, PlanTag::Interface, read_interface) &&
           check_all(plan, PlanTag::UidMap, read_id_mapping) &&
           check_all(plan, PlanTag::GidMap, read_id_mapping) && read_seccomp(plan);
}

}  // namespace potd::platform
