#include "api/convert/attributes.hpp"
#include "api/convert/names.hpp"
#include "api/convert/network.hpp"
#include "api/convert/spec.hpp"
#include "core/base/bytes.hpp"
#include "core/model/run.hpp"
#include "core/model/validate.hpp"
#include "openapi/wire/codec.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {
namespace {

using core::Error;
using core::ErrorKind;

constexpr std::string_view one_source = "one of dir, fscomp, dataset and tmpfs";

/// Reads field after field and keeps the first error; what follows an error is not read.
class Take {
  public:
    [[nodiscard]] bool failed() const { return error_.has_value(); }
    [[nodiscard]] Error error() { return std::move(*error_); }
    void refuse(Error error) {
        if (!error_) error_ = std::move(error);
    }

    template <class T, class U>
    void plain(const std::optional<T>& value, U& out) {
        if (value) out = static_cast<U>(*value);
    }

    void size(const wire::Loose& value, std::string_view field, std::int64_t& out) {
        if (!value.text.empty()) result(core::parse_bytes(value.text, field), out);
    }
    void signal(const wire::Loose& value, std::string_view field, int& out) {
        if (!value.text.empty()) result(core::parse_signal(value.text, field), out);
    }
    void duration(const std::optional<std::string>& value, std::string_view field, core::milliseconds& out) {
        if (value) result(core::parse_duration(*value, field), out);
    }

    template <class T>
    struct Word {
        std::string_view text;
        T value;
    };
    /// One of a few words; `expected` lists them.
    template <class T>
    void word(const std::optional<std::string>& value, std::string_view field,
              std::initializer_list<Word<T>> words, std::string_view expected, T& out) {
        if (!value) return;
        for (const Word<T>& candidate : words) {
            if (candidate.text == *value) {
                out = candidate.value;
                return;
            }
        }
        refuse(core::invalid_field(field, *value, expected));
    }

    /// A field of the contract that this version does not have: only its default is taken.
    void later(const wire::Raw& value, std::string_view field,
               std::initializer_list<std::string_view> defaults) {
        const bool harmless = value.json.empty() ||
                              std::any_of(defaults.begin(), defaults.end(), [&](std::string_view candidate) {
                                  return wire::same_json(value.json, candidate);
                              });
        if (!harmless) unsupported(field);
    }
    void unsupported(std::string_view field) {
        Error error = core::error(ErrorKind::Unsupported,
                                  std::string(field) + ": this version of potd does not have it yet");
        error.field = field;
        refuse(std::move(error));
    }

    template <class T>
    void result(core::Result<T> value, T& out) {
        if (value) {
            out = *value;
        } else {
            refuse(std::move(value).error());
        }
    }

  private:
    std::optional<Error> error_;
};

void take_later_fields(Take& take, const wire::PotSpec& from) {
    take.later(from.image, "image", {});
    if (from.parent)
        take.refuse(
            core::invalid_field("parent", *from.parent, "nothing: only a new pot is made of another"));
    if (!from.flavours.empty())
        take.refuse(core::invalid_field("flavours", from.flavours.front(),
                                        "nothing: only to a new pot flavours are applied"));
    if (from.keep_on_failure)
        take.refuse(core::invalid_field("keep_on_failure", *from.keep_on_failure ? "true" : "false",
                                        "nothing: it is for new pots"));
}

void take_identity(Take& take, const wire::PotSpec& from, core::PotSpec& to) {
    using Type = Take::Word<core::PotType>;
    to.name = from.name;
    take.plain(from.base, to.base);
    take.word(from.type, "type", {Type{"multi", core::PotType::Multi}, Type{"single", core::PotType::Single}},
              "multi or single", to.type);
    // A single pot is one layer by nature; validate refuses any other level for it.
    to.level = to.type == core::PotType::Single ? 0 : 1;
    if (from.level && (*from.level < 0 || *from.level > 2)) {
        take.refuse(core::invalid_field("level", std::to_string(*from.level), "0, 1 or 2"));
    }
    take.plain(from.level, to.level);
    take.plain(from.hostname, to.hostname);
    take.plain(from.prunable, to.prunable);
    take.plain(from.remove_on_exit, to.remove_on_exit);
    take.plain(from.boot.start, to.boot.start);
    take.plain(from.boot.early, to.boot.early);
    to.labels = from.labels;
}

void take_command(Take& take, const wire::PotSpec& from, core::PotSpec& to) {
    to.command = from.command;
    for (const auto& [name, value] : from.env.items) to.env.push_back({name, value});
    take.plain(from.user, to.user);
    take.plain(from.workdir, to.workdir);
    if (from.persistent) to.persistent = from.persistent;
    take.plain(from.terminal, to.terminal);
    take.plain(from.open_stdin, to.open_stdin);
    to.stop.command = from.stop.command;
    take.signal(from.stop.signal, "stop.signal", to.stop.signal);
    take.duration(from.stop.timeout, "stop.timeout", to.stop.timeout);
    take.size(from.log.max_size, "log.max_size", to.log.max_size);
    take.plain(from.log.max_files, to.log.max_files);
}

void take_hook(Take& take, const wire::HookSpec& from, const std::string& at, core::HookStage stage,
               core::HookSpec& to) {
    to.command = from.command;
    take.plain(from.script, to.script);
    take.plain(from.user, to.user);
    take.duration(from.timeout, at + ".timeout", to.timeout);
    to.abort_on_failure = stage == core::HookStage::Prestart;
    using Choice = Take::Word<bool>;
    take.word(from.on_failure, at + ".on_failure", {Choice{"abort", true}, Choice{"ignore", false}},
              "abort or ignore", to.abort_on_failure);
}

void take_hooks(Take& take, const wire::HooksSpec& from, core::HooksSpec& to) {
    const auto take_stage = [&](const std::vector<wire::HookSpec>& hooks, core::HookStage stage,
                                std::vector<core::HookSpec>& out) {
        const std::string field = "hooks." + std::string(core::to_string(stage));
        for (std::size_t i = 0; i < hooks.size(); ++i) {
            take_hook(take, hooks[i], field + "[" + std::to_string(i) + "]", stage, out.emplace_back());
        }
    };
    take_stage(from.prestart, core::HookStage::Prestart, to.prestart);
    take_stage(from.poststart, core::HookStage::Poststart, to.poststart);
    take_stage(from.prestop, core::HookStage::Prestop, to.prestop);
    take_stage(from.poststop, core::HookStage::Poststop, to.poststop);
}

void take_oom(Take& take, const wire::OomSpec& from, core::OomSpec& to) {
    using Policy = Take::Word<core::OomPolicy>;
    take.word(from.policy, "oom.policy",
              {Policy{"kill", core::OomPolicy::Kill}, Policy{"restart", core::OomPolicy::Restart},
               Policy{"stop", core::OomPolicy::Stop}, Policy{"notify", core::OomPolicy::Notify}},
              "kill, restart, stop or notify", to.policy);
    constexpr std::int64_t most = 1000;
    if (from.priority && (*from.priority < -most || *from.priority > most))
        take.refuse(core::invalid_field("oom.priority", std::to_string(*from.priority),
                                        "a number from -1000 to 1000"));
    take.plain(from.priority, to.priority);
    take.plain(from.is_protected, to.is_protected);
}

void take_restart(Take& take, const wire::RestartSpec& from, core::RestartSpec& to) {
    using Policy = Take::Word<core::RestartPolicy>;
    take.word(from.policy, "restart.policy",
              {Policy{"no", core::RestartPolicy::No}, Policy{"on-failure", core::RestartPolicy::OnFailure},
               Policy{"always", core::RestartPolicy::Always},
               Policy{"unless-stopped", core::RestartPolicy::UnlessStopped}},
              "no, on-failure, always or unless-stopped", to.policy);
    take.plain(from.max_retries, to.max_retries);
    take.duration(from.backoff.initial, "restart.backoff.initial", to.initial);
    take.duration(from.backoff.max, "restart.backoff.max", to.max);
    take.duration(from.backoff.reset_after, "restart.backoff.reset_after", to.reset_after);
}

void take_health(Take& take, const wire::HealthSpec& from, core::HealthSpec& to) {
    const int kinds = int{from.exec.has_value()} + int{from.tcp.has_value()} + int{from.http.has_value()};
    if (kinds != 1) {
        return take.refuse(core::invalid_field("health", kinds == 0 ? "none of them" : "several",
                                               "one of exec, tcp and http"));
    }
    using Kind = core::HealthSpec::Kind;
    to.kind = from.exec ? Kind::Exec : from.tcp ? Kind::Tcp : Kind::Http;
    if (from.exec) to.command = from.exec->command;
    if (from.tcp) to.port = from.tcp->port;
    if (from.http) to.port = from.http->port;
    if (from.http) take.plain(from.http->path, to.path);
    take.duration(from.interval, "health.interval", to.interval);
    take.duration(from.timeout, "health.timeout", to.timeout);
    take.duration(from.start_period, "health.start_period", to.start_period);
    take.plain(from.retries, to.retries);
    using Policy = Take::Word<core::OnUnhealthy>;
    take.word(from.on_unhealthy, "health.on_unhealthy",
              {Policy{"none", core::OnUnhealthy::None}, Policy{"restart", core::OnUnhealthy::Restart},
               Policy{"stop", core::OnUnhealthy::Stop}},
              "none, restart or stop", to.on_unhealthy);
}

void take_network(Take& take, const wire::PotSpec& from, core::PotSpec& to) {
    take.result(to_core(from.network), to.network);
    for (std::size_t i = 0; i < from.ports.size(); ++i) {
        take.result(to_core(from.ports[i], "ports[" + std::to_string(i) + "]"), to.ports.emplace_back());
    }
}

/// Exactly one of dir, fscomp, dataset and tmpfs.
void take_mount_source(Take& take, const wire::MountSpec& from, const std::string& at, core::MountSpec& to) {
    using Kind = core::MountSpec::Kind;
    std::string given;
    const auto name = [&](bool there, Kind kind, std::string_view word) {
        if (!there) return;
        if (!given.empty())
            take.refuse(core::invalid_field(at, given + " and " + std::string(word), one_source));
        given = word;
        to.kind = kind;
    };
    name(from.dir.has_value(), Kind::Directory, "dir");
    name(from.fscomp.has_value(), Kind::Volume, "fscomp");
    name(from.dataset.has_value(), Kind::Dataset, "dataset");
    name(from.tmpfs.value_or(false), Kind::Tmpfs, "tmpfs");
    if (given.empty()) take.refuse(core::invalid_field(at, "none", one_source));
    for (const auto& source : {from.dir, from.fscomp, from.dataset}) {
        if (source) to.source = *source;
    }
}

/// `place`: where it stands in a spec, empty for one by itself.
void take_mount(Take& take, const wire::MountSpec& from, const std::string& place, core::MountSpec& to) {
    const auto at = [&](std::string_view member) {
        return place.empty() ? std::string(member) : place + "." + std::string(member);
    };
    take_mount_source(take, from, place.empty() ? "dir" : place, to);
    const bool tmpfs = to.kind == core::MountSpec::Kind::Tmpfs;
    to.target = from.target;
    using Mode = Take::Word<bool>;
    take.word(from.mode, at("mode"), {Mode{"rw", false}, Mode{"ro", true}}, "rw or ro", to.read_only);
    if (!tmpfs && !from.size.text.empty()) {
        take.refuse(core::invalid_field(at("size"), from.size.text, "no size, only a tmpfs has one"));
    }
    take.size(from.size, at("size"), to.size);
}

void take_sizes(Take& take, const std::map<std::string, wire::Loose>& from, const std::string& field,
                std::map<std::string, std::int64_t>& to) {
    for (const auto& [name, value] : from) {
        if (value.text.empty()) continue;
        std::string place = field;
        place.append(".").append(name);
        take.size(value, place, to[name]);
    }
}

void take_io(Take& take, const wire::LimitsSpec& from, core::Limits& to) {
    take.plain(from.io_weight, to.io_weight);
    for (std::size_t i = 0; i < from.io.size(); ++i) {
        const wire::IoLimitSpec& one = from.io[i];
        const std::string field = "limits.io[" + std::to_string(i) + "].";
        core::IoLimit& limit = to.io.emplace_back();
        limit.device = one.device;
        take.size(one.read_bps, field + "read_bps", limit.read_bps);
        take.size(one.write_bps, field + "write_bps", limit.write_bps);
        take.plain(one.read_iops, limit.read_iops);
        take.plain(one.write_iops, limit.write_iops);
    }
}

void take_limits(Take& take, const wire::PotSpec& from, core::PotSpec& to) {
    take.plain(from.limits.cpuset, to.limits.cpuset);
    take.plain(from.limits.cpu_count, to.limits.cpu_count);
    take.plain(from.limits.cpus, to.limits.cpus);
    take.plain(from.limits.cpu_weight, to.limits.cpu_weight);
    take.size(from.limits.memory, "limits.memory", to.limits.memory);
    take.size(from.limits.memory_soft, "limits.memory_soft", to.limits.memory_soft);
    if (!from.limits.swap.text.empty()) {
        std::int64_t swap = 0;
        take.size(from.limits.swap, "limits.swap", swap);
        to.limits.swap = swap;
    }
    take.plain(from.limits.pids, to.limits.pids);
    take.size(from.limits.disk, "limits.disk", to.limits.disk);
    take.size(from.limits.network_rx, "limits.network_rx", to.limits.network_rx);
    take.size(from.limits.network_tx, "limits.network_tx", to.limits.network_tx);
    take_sizes(take, from.limits.hugepages, "limits.hugepages", to.limits.hugepages);
    take.plain(from.limits.files, to.limits.files);
    take_io(take, from.limits, to.limits);
    take_sizes(take, from.limits.rctl, "limits.rctl", to.limits.rctl);
    to.limits.best_effort = {from.limits.best_effort.all, from.limits.best_effort.some};
    for (const auto& [name, value] : from.rlimits) {
        take.size(value, "rlimits." + name, to.rlimits[name]);
    }
}

void take_security(Take& take, const wire::SecuritySpec& from, core::SecuritySpec& to) {
    to.add_capabilities = from.capabilities.add;
    to.drop_capabilities = from.capabilities.drop;
    using Mode = Take::Word<core::SeccompMode>;
    take.word(
        from.seccomp, "security.seccomp",
        {Mode{"default", core::SeccompMode::Default}, Mode{"unconfined", core::SeccompMode::Unconfined}},
        "default or unconfined", to.seccomp);
    take.plain(from.no_new_privileges, to.no_new_privileges);
    take.plain(from.read_only_root, to.read_only_root);
    const std::string& text = from.user_namespace.text;
    using Switch = Take::Word<bool>;
    take.word(text.empty() ? std::nullopt : std::optional<std::string>(text), "security.user_namespace",
              {Switch{"off", false}, Switch{"false", false}, Switch{"on", true}, Switch{"true", true}},
              "on or off", to.user_namespace);
}

}  // namespace

core::Result<core::SnapshotSchedule> to_core(const std::optional<wire::SnapshotsSpec>& snapshots) {
    core::SnapshotSchedule schedule;
    if (!snapshots) return schedule;
    Take take;
    take.duration(snapshots->every, "snapshots.every", schedule.every);
    if (!take.failed() && !schedule.on())
        take.refuse(core::invalid_field("snapshots.every", snapshots->every,
                                        "1m or longer; `snapshots` as null turns them off"));
    take.plain(snapshots->keep, schedule.keep);
    take.duration(snapshots->keep_for, "snapshots.keep_for", schedule.keep_for);
    if (take.failed()) return take.error();
    return schedule;
}

core::Result<core::MountSpec> to_core(const wire::MountSpec& mount) {
    Take take;
    core::MountSpec result;
    take_mount(take, mount, "", result);
    if (take.failed()) return take.error();
    return result;
}

core::Result<core::PotSpec> to_core(const wire::PotSpec& spec, core::PotSpec result) {
    Take take;
    take_later_fields(take, spec);
    take_identity(take, spec, result);
    take_command(take, spec, result);
    take_hooks(take, spec.hooks, result.hooks);
    take_oom(take, spec.oom, result.oom);
    take_restart(take, spec.restart, result.restart);
    if (spec.health) take_health(take, *spec.health, result.health);
    result.depends_on = spec.depends_on;
    take_network(take, spec, result);
    take.result(to_core(spec.dns), result.dns);
    take.result(to_core(spec.hosts), result.hosts);
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        take_mount(take, spec.mounts[i], "mounts[" + std::to_string(i) + "]", result.mounts.emplace_back());
    }
    take_limits(take, spec, result);
    take_security(take, spec.security, result.security);
    take.result(to_core(spec.snapshots), result.snapshots);
    if (take.failed()) return take.error();
    if (auto applied = apply_attributes(spec.attributes, result); !applied) return std::move(applied).error();
    return result;
}

}  // namespace potd::api
