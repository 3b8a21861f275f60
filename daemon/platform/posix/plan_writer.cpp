#include "daemon/platform/posix/plan_writer.hpp"

namespace potd::platform {

PlanWriter::PlanWriter() {
    number(plan_magic, 4);
    number(plan_version, 2);
    number(0, 2);
    number(0, 4);
}

void PlanWriter::begin(PlanTag tag) {
    number(static_cast<std::uint16_t>(tag), 2);
    number(0, 2);
    start_ = bytes_.size();
    number(0, 4);
}

void PlanWriter::end() {
    patch(start_, bytes_.size() - start_ - 4);
}

void PlanWriter::number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void PlanWriter::text(const std::string& value, std::string_view field) {
    if (bad_field_.empty() && value.find('\0') != std::string::npos) bad_field_ = field;
    number(value.size(), 4);
    raw(value.data(), value.size());
    number(0, 1);
}

void PlanWriter::list(const std::vector<std::string>& values, std::string_view field) {
    number(values.size(), 4);
    for (const auto& value : values) text(value, field);
}

void PlanWriter::raw(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
}

core::Result<std::vector<std::byte>> PlanWriter::finish() && {
    if (!bad_field_.empty()) return core::invalid_field(bad_field_, "a NUL byte", "text without NUL");
    if (bytes_.size() > max_plan_size) {
        return core::error(core::ErrorKind::TooLarge, "command and environment are too large");
    }
    patch(8, bytes_.size());
    return std::move(bytes_);
}

void PlanWriter::patch(std::size_t position, std::size_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes_[position + i] = static_cast<std::byte>(value >> (8 * i));
}

void put_run(PlanWriter& out, const RunPlan& plan) {
    out.begin(PlanTag::Monitor);
    out.number(plan.run, 4);
    out.text(plan.socket_path, "socket_path");
    out.text(plan.record_path, "record_path");
    out.text(plan.log_directory, "log_directory");
    out.number(plan.log_max_size, 8);
    out.number(plan.log_max_files, 4);
    out.end();
    out.begin(PlanTag::Command);
    out.list(plan.argv, "command");
    out.list(plan.env, "env");
    out.text(plan.user, "user");
    out.text(plan.workdir, "workdir");
    out.flag(plan.persistent);
    out.flag(plan.terminal);
    out.flag(plan.open_stdin);
    out.number(plan.rows, 2);
    out.number(plan.columns, 2);
    out.end();
    for (const Rlimit& limit : plan.rlimits) {
        out.begin(PlanTag::Rlimit);
        out.number(static_cast<std::uint32_t>(limit.resource), 4);
        out.number(limit.soft, 8);
        out.number(limit.hard, 8);
        out.end();
    }
}

}  // namespace potd::platform
