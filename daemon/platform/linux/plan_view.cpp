#include "daemon/platform/linux/plan_view.hpp"

namespace potd::platform {

using core::monitor_link::ByteReader;

namespace {

constexpr std::size_t filter_size = 8;       // struct sock_filter
constexpr std::size_t max_filters = 0xffff;  // sock_fprog counts in 16 bits

bool absolute(std::string_view path) {
    return !path.empty() && path.front() == '/';
}

bool read_part(ByteReader in, MonitorPart& part) {
    part.run = in.u32();
    part.socket_path = in.text();
    part.record_path = in.text();
    part.log_directory = in.text();
    part.log_max_size = in.u64();
    part.log_max_files = in.u32();
    return in.ok() && absolute(part.socket_path) && absolute(part.record_path) &&
           absolute(part.log_directory);
}

bool read_part(ByteReader in, SandboxPart& part) {
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

bool read_part(ByteReader in, CommandPart& part) {
    part.argv = in.list();
    part.env = in.list();
    part.user = in.text();
    part.workdir = in.text();
    part.persistent = in.u8() != 0;
    part.terminal = in.u8() != 0;
    part.open_stdin = in.u8() != 0;
    part.rows = in.u16();
    part.columns = in.u16();
    return in.ok();
}

bool read_part(ByteReader in, SecurityPart& part) {
    part.capabilities = in.u64();
    part.no_new_privileges = in.u8() != 0;
    part.new_keyring = in.u8() != 0;
    part.umask = in.u32();
    part.oom_score_adj = in.i32();
    return in.ok();
}

/// Exactly the records, one after the other, up to the end.
bool well_formed(std::span<const std::byte> records) {
    ByteReader in(records);
    while (in.ok() && !in.at_end()) {
        if (in.u16() == 0 || in.u16() != 0 || in.blob().size() > records.size()) return false;
    }
    return in.ok();
}

template <class Part>
bool read_only_one(const PlanView& plan, PlanTag tag, Part& part) {
    int found = 0;
    for (const auto payload : plan.of(tag)) {
        if (++found > 1 || !read_part(ByteReader(payload), part)) return false;
    }
    return found == 1;
}

template <class Item>
bool check_all(const PlanView& plan, PlanTag tag, bool (*read)(std::span<const std::byte>, Item&)) {
    for (const auto payload : plan.of(tag)) {
        Item item;
        if (!read(payload, item)) return false;
    }
    return true;
}

bool read_seccomp(PlanView& plan) {
    for (const auto payload : plan.of(PlanTag::Seccomp)) plan.security.seccomp = payload;
    const std::size_t size = plan.security.seccomp.size();
    return size % filter_size == 0 && size / filter_size <= max_filters;
}

}  // namespace

void PlanRecords::Iterator::seek() {
    while (!rest_.empty()) {
        ByteReader in(rest_);
        const auto tag = static_cast<PlanTag>(in.u16());
        const std::uint16_t zero = in.u16();
        payload_ = in.blob();
        if (!in.ok() || zero != 0) break;
        rest_ = rest_.subspan(8 + payload_.size());
        if (tag == tag_) return;
    }
    done_ = true;
}

bool read_cgroup(std::span<const std::byte> payload, CgroupView& cgroup) {
    ByteReader in(payload);
    cgroup.path = in.text();
    cgroup.roles = in.u32();
    cgroup.settings = in.list();
    return in.ok() && absolute(cgroup.path) && cgroup.settings.size() % 3 == 0;
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
    return in.ok() && kind <= static_cast<std::uint8_t>(MountStep::Kind::Own) && absolute(mount.target);
}

bool read_layer(std::span<const std::byte> payload, std::string_view& path) {
    ByteReader in(payload);
    path = in.text();
    return in.ok() && absolute(path);
}

bool read_id_mapping(std::span<const std::byte> payload, IdMapping& mapping) {
    ByteReader in(payload);
    mapping.inside = in.u32();
    mapping.outside = in.u32();
    mapping.count = in.u32();
    return in.ok() && mapping.count != 0;
}

bool read_rlimit(std::span<const std::byte> payload, Rlimit& limit) {
    ByteReader in(payload);
    limit.resource = in.i32();
    limit.soft = in.u64();
    limit.hard = in.u64();
    return in.ok() && limit.resource >= 0;
}

bool read_plan(std::span<const std::byte> bytes, PlanView& plan) {
    ByteReader in(bytes);
    const bool head = in.u32() == plan_magic && in.u16() == plan_version && in.u16() == 0;
    const std::uint32_t total = in.u32();
    if (!head || !in.ok() || total < plan_header_size || total > bytes.size()) return false;
    plan.records = bytes.subspan(plan_header_size, total - plan_header_size);
    return well_formed(plan.records) && read_only_one(plan, PlanTag::Monitor, plan.monitor) &&
           read_only_one(plan, PlanTag::Sandbox, plan.sandbox) &&
           read_only_one(plan, PlanTag::Command, plan.command) &&
           read_only_one(plan, PlanTag::Security, plan.security) &&
           check_all(plan, PlanTag::Cgroup, read_cgroup) && check_all(plan, PlanTag::Mount, read_mount) &&
           check_all(plan, PlanTag::ShiftedLayer, read_layer) &&
           check_all(plan, PlanTag::UidMap, read_id_mapping) &&
           check_all(plan, PlanTag::GidMap, read_id_mapping) &&
           check_all(plan, PlanTag::Rlimit, read_rlimit) && read_seccomp(plan);
}

}  // namespace potd::platform
