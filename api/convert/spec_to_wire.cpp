#include "api/convert/names.hpp"
#include "api/convert/network.hpp"
#include "api/convert/spec.hpp"
#include "core/model/validate.hpp"

#include <optional>
#include <string>

namespace potd::api {
namespace {

std::optional<std::string> text(const std::string& value) {
    return value.empty() ? std::nullopt : std::optional<std::string>(value);
}

template <class T>
std::optional<T> set(T value) {
    return value == T{} ? std::nullopt : std::optional<T>(value);
}

wire::Loose number(std::int64_t value) {
    return {std::to_string(value)};
}

wire::Loose limit(std::int64_t value) {
    return value == 0 ? wire::Loose{} : number(value);
}

wire::MountSpec part_to_wire(const core::MountSpec& mount) {
    wire::MountSpec out;
    if (mount.kind == core::MountSpec::Kind::Tmpfs) {
        out.tmpfs = true;
    } else if (mount.kind == core::MountSpec::Kind::Volume) {
        out.fscomp = mount.source;
    } else if (mount.kind == core::MountSpec::Kind::Dataset) {
        out.dataset = mount.source;
    } else {
        out.dir = mount.source;
    }
    out.target = mount.target;
    out.mode = mount.read_only ? "ro" : "rw";
    out.size = limit(mount.size);
    return out;
}

wire::LimitsSpec part_to_wire(const core::Limits& limits) {
    wire::LimitsSpec out;
    out.cpuset = text(limits.cpuset);
    out.cpus = set(limits.cpus);
    out.cpu_weight = set(limits.cpu_weight);
    out.memory = limit(limits.memory);
    out.memory_soft = limit(limits.memory_soft);
    if (limits.swap) out.swap = number(*limits.swap);
    out.pids = set(limits.pids);
    out.disk = limit(limits.disk);
    out.network_rx = limit(limits.network_rx);
    out.network_tx = limit(limits.network_tx);
    out.cpu_count = set(limits.cpu_count);
    for (const auto& [page, bytes] : limits.hugepages) out.hugepages[page] = number(bytes);
    out.files = set(limits.files);
    out.io_weight = set(limits.io_weight);
    for (const core::IoLimit& one : limits.io) {
        out.io.push_back(
            {one.device, limit(one.read_bps), limit(one.write_bps), set(one.read_iops), set(one.write_iops)});
    }
    for (const auto& [resource, amount] : limits.rctl) out.rctl[resource] = number(amount);
    out.best_effort = {limits.best_effort.all, limits.best_effort.fields};
    return out;
}

wire::SecuritySpec part_to_wire(const core::SecuritySpec& security) {
    wire::SecuritySpec out;
    out.capabilities = {security.add_capabilities, security.drop_capabilities};
    out.seccomp = security.seccomp == core::SeccompMode::Default ? "default" : "unconfined";
    out.no_new_privileges = security.no_new_privileges;
    out.read_only_root = security.read_only_root;
    out.user_namespace = {security.user_namespace ? "on" : "off"};
    return out;
}

std::vector<wire::HookSpec> part_to_wire(const std::vector<core::HookSpec>& hooks) {
    std::vector<wire::HookSpec> out;
    out.reserve(hooks.size());
    for (const core::HookSpec& hook : hooks) {
        out.push_back({hook.command, text(hook.script), text(hook.user), core::format_duration(hook.timeout),
                       hook.abort_on_failure ? "abort" : "ignore"});
    }
    return out;
}

std::string_view to_string(core::RestartPolicy policy) {
    switch (policy) {
        case core::RestartPolicy::No: return "no";
        case core::RestartPolicy::OnFailure: return "on-failure";
        case core::RestartPolicy::Always: return "always";
        case core::RestartPolicy::UnlessStopped: break;
    }
    return "unless-stopped";
}

wire::RestartSpec part_to_wire(const core::RestartSpec& restart) {
    return {std::string(to_string(restart.policy)),
            restart.max_retries,
            {core::format_duration(restart.initial), core::format_duration(restart.max),
             core::format_duration(restart.reset_after)}};
}

std::optional<wire::HealthSpec> part_to_wire(const core::HealthSpec& health) {
    using Kind = core::HealthSpec::Kind;
    wire::HealthSpec out;
    switch (health.kind) {
        case Kind::None: return {};
        case Kind::Exec: out.exec = wire::ExecCheckSpec{health.command}; break;
        case Kind::Tcp: out.tcp = wire::TcpCheckSpec{health.port}; break;
        case Kind::Http: out.http = wire::HttpCheckSpec{health.port, health.path}; break;
    }
    out.interval = core::format_duration(health.interval);
    out.timeout = core::format_duration(health.timeout);
    out.start_period = core::format_duration(health.start_period);
    out.retries = health.retries;
    const bool stop = health.on_unhealthy == core::OnUnhealthy::Stop;
    out.on_unhealthy = health.on_unhealthy == core::OnUnhealthy::None ? "none" : stop ? "stop" : "restart";
    return out;
}

wire::OomSpec part_to_wire(const core::OomSpec& oom) {
    constexpr std::array words{"kill", "restart", "stop", "notify"};  // as OomPolicy has them
    return {words[static_cast<std::size_t>(oom.policy)], oom.priority, oom.is_protected};
}

}  // namespace

std::optional<wire::SnapshotsSpec> to_wire(const core::SnapshotSchedule& schedule) {
    if (!schedule.on()) return {};
    return wire::SnapshotsSpec{core::format_duration(schedule.every), schedule.keep,
                               core::format_duration(schedule.keep_for)};
}

wire::PotSpec to_wire(const core::PotSpec& spec, SpecForm form) {
    wire::PotSpec out;
    out.name = spec.name;
    out.base = spec.base;
    out.type = spec.type == core::PotType::Multi ? "multi" : "single";
    out.level = spec.level;
    out.command = spec.command;
    for (const core::EnvVar& variable : spec.env) out.env.items.emplace_back(variable.name, variable.value);
    out.user = text(spec.user);
    out.workdir = spec.workdir;
    out.hostname = text(spec.hostname);
    out.persistent = form == SpecForm::Shown ? spec.is_persistent() : spec.persistent;
    out.terminal = spec.terminal;
    out.open_stdin = spec.open_stdin;
    out.network = to_wire(spec.network);
    for (const core::PublishedPort& port : spec.ports) out.ports.push_back(to_wire(port));
    out.dns = to_wire(spec.dns);
    out.hosts = to_wire(spec.hosts);
    for (const core::MountSpec& mount : spec.mounts) out.mounts.push_back(part_to_wire(mount));
    out.limits = part_to_wire(spec.limits);
    for (const auto& [name, value] : spec.rlimits) out.rlimits[name] = number(value);
    out.stop.command = spec.stop.command;
    out.stop.signal = {core::signal_name(spec.stop.signal)};
    out.stop.timeout = core::format_duration(spec.stop.timeout);
    out.hooks = {part_to_wire(spec.hooks.prestart), part_to_wire(spec.hooks.poststart),
                 part_to_wire(spec.hooks.prestop), part_to_wire(spec.hooks.poststop)};
    out.oom = part_to_wire(spec.oom);
    out.restart = part_to_wire(spec.restart);
    out.health = part_to_wire(spec.health);
    out.depends_on = spec.depends_on;
    out.boot = {spec.boot.start, spec.boot.early};
    out.prunable = spec.prunable;
    out.remove_on_exit = spec.remove_on_exit;
    for (const auto& [name, value] : spec.attributes) out.attributes[name] = {value};
    out.labels = spec.labels;
    out.security = part_to_wire(spec.security);
    out.snapshots = to_wire(spec.snapshots);
    out.log = {number(spec.log.max_size), spec.log.max_files};
    return out;
}

}  // namespace potd::api
