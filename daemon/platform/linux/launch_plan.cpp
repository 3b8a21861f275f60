#include "daemon/platform/linux/launch_plan.hpp"

#include "core/monitor_link/bytes.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <string_view>

namespace potd::platform {

namespace {

/// Collects one record; remembers the first text that cannot be carried.
class PlanWriter {
  public:
    PlanWriter() {
        number(plan_magic, 4);
        number(plan_version, 2);
        number(0, 2);
        number(0, 4);
    }

    void begin(PlanTag tag) {
        number(static_cast<std::uint16_t>(tag), 2);
        number(0, 2);
        start_ = bytes_.size();
        number(0, 4);
    }
    void end() { patch(start_, bytes_.size() - start_ - 4); }

    void number(std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    }
    void flag(bool value) { number(value ? 1 : 0, 1); }
    void text(const std::string& value, std::string_view field) {
        if (bad_field_.empty() && value.find('\0') != std::string::npos) bad_field_ = field;
        number(value.size(), 4);
        raw(value.data(), value.size());
        number(0, 1);
    }
    void list(const std::vector<std::string>& values, std::string_view field) {
        number(values.size(), 4);
        for (const auto& value : values) text(value, field);
    }
    void raw(const void* data, std::size_t size) {
        const auto* first = static_cast<const std::byte*>(data);
        bytes_.insert(bytes_.end(), first, first + size);
    }

    core::Result<std::vector<std::byte>> finish() && {
        if (!bad_field_.empty()) return core::invalid_field(bad_field_, "a NUL byte", "text without NUL");
        if (bytes_.size() > max_plan_size) {
            return core::error(core::ErrorKind::TooLarge, "command and environment are too large");
        }
        patch(8, bytes_.size());
        return std::move(bytes_);
    }

  private:
    void patch(std::size_t position, std::size_t value) {
        for (std::size_t i = 0; i < 4; ++i) bytes_[position + i] = static_cast<std::byte>(value >> (8 * i));
    }

    std::vector<std::byte> bytes_;
    std::size_t start_ = 0;
    std::string_view bad_field_;
};

void put_monitor(PlanWriter& out, const LaunchPlan& plan) {
    out.begin(PlanTag::Monitor);
    out.number(plan.run, 4);
    out.text(plan.socket_path, "socket_path");
    out.text(plan.record_path, "record_path");
    out.text(plan.log_directory, "log_directory");
    out.number(plan.log_max_size, 8);
    out.number(plan.log_max_files, 4);
    out.end();
}

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

void put_command(PlanWriter& out, const LaunchPlan& plan) {
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
}

void put_security(PlanWriter& out, const LaunchPlan& plan) {
    out.begin(PlanTag::Security);
    out.number(plan.capabilities, 8);
    out.flag(plan.no_new_privileges);
    out.flag(plan.new_keyring);
    out.number(plan.umask, 4);
    out.number(static_cast<std::uint32_t>(plan.oom_score_adj), 4);
    out.end();
    for (const Rlimit& limit : plan.rlimits) {
        out.begin(PlanTag::Rlimit);
        out.number(static_cast<std::uint32_t>(limit.resource), 4);
        out.number(limit.soft, 8);
        out.number(limit.hard, 8);
        out.end();
    }
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
    put_monitor(out, plan);
    put_sandbox(out, plan);
    put_command(out, plan);
    put_security(out, plan);
    for (const auto& directory : plan.cgroups) put_cgroup(out, directory);
    for (const auto& step : plan.mounts) put_mount(out, step);
    put_layers(out, plan.shifted_layers);
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
