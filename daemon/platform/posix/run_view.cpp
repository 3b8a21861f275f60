#include "daemon/platform/posix/run_view.hpp"

namespace potd::platform {

using core::monitor_link::ByteReader;

namespace {

bool read_monitor(std::span<const std::byte> payload, MonitorPart& part) {
    ByteReader in(payload);
    part.run = in.u32();
    part.socket_path = in.text();
    part.record_path = in.text();
    part.log_directory = in.text();
    part.log_max_size = in.u64();
    part.log_max_files = in.u32();
    return in.ok() && is_absolute(part.socket_path) && is_absolute(part.record_path) &&
           is_absolute(part.log_directory);
}

bool read_command(std::span<const std::byte> payload, CommandPart& part) {
    ByteReader in(payload);
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

/// Exactly the records, one after the other, up to the end.
bool well_formed(std::span<const std::byte> records) {
    ByteReader in(records);
    while (in.ok() && !in.at_end()) {
        if (in.u16() == 0 || in.u16() != 0 || in.blob().size() > records.size()) return false;
    }
    return in.ok();
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

bool read_rlimit(std::span<const std::byte> payload, Rlimit& limit) {
    ByteReader in(payload);
    limit.resource = in.i32();
    limit.soft = in.u64();
    limit.hard = in.u64();
    return in.ok() && limit.resource >= 0;
}

bool read_plan(std::span<const std::byte> bytes, RunView& plan) {
    ByteReader in(bytes);
    const bool head = in.u32() == plan_magic && in.u16() == plan_version && in.u16() == 0;
    const std::uint32_t total = in.u32();
    if (!head || !in.ok() || total < plan_header_size || total > bytes.size()) return false;
    plan.records = bytes.subspan(plan_header_size, total - plan_header_size);
    return well_formed(plan.records) && read_only_one(plan, PlanTag::Monitor, plan.monitor, read_monitor) &&
           read_only_one(plan, PlanTag::Command, plan.command, read_command) &&
           check_all(plan, PlanTag::Rlimit, read_rlimit);
}

}  // namespace potd::platform
