#include "core/model/validate.hpp"

#include "core/model/labels.hpp"
#include "core/model/limits.hpp"
#include "core/model/names.hpp"
#include "core/model/run.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace potd::core {
namespace {

constexpr std::size_t longest_path = 4095;
constexpr std::size_t most_arguments = 4096;
constexpr std::size_t most_text = 768U << 10U;  // argv and env together; the launch plan holds 1 MiB
constexpr std::size_t most_inner_text = 64U << 10U;
constexpr std::size_t most_mounts = 256;
constexpr std::size_t most_hooks = 16;
constexpr std::size_t most_script = 64U << 10U;
constexpr std::size_t most_dependencies = 64;
constexpr milliseconds most_hook_time{3'600'000};

std::string at(std::string_view list, std::size_t index, std::string_view member = {}) {
    std::string path = std::string(list) + "[" + std::to_string(index) + "]";
    if (!member.empty()) path += "." + std::string(member);
    return path;
}

Status check_text(std::string_view field, std::string_view value) {
    if (is_text(value)) return {};
    return invalid_field(field, "(bytes)", "UTF-8 text without NUL");
}

/// Absolute, normalised: no empty, "." or ".." component, no trailing slash but in "/" itself.
Status check_path(std::string_view field, std::string_view path) {
    const auto refuse = [&] {
        return invalid_field(field, is_text(path) ? path : "(bytes)",
                             "an absolute path without '.', '..', '//' or newline, at most 4095 bytes");
    };
    if (path.empty() || path.front() != '/' || path.size() > longest_path || !is_text(path)) return refuse();
    if (path.find('\n') != std::string_view::npos) return refuse();
    for (std::string_view rest = path.substr(1); !rest.empty();) {
        const std::size_t end = rest.find('/');
        const std::string_view part = rest.substr(0, end);
        if (part.empty() || part == "." || part == "..") return refuse();
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
        if (rest.empty()) return refuse();
    }
    return {};
}

Status check_range(std::string_view field, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value >= low && value <= high) return {};
    return invalid_field(field, std::to_string(value),
                         "a number from " + std::to_string(low) + " to " + std::to_string(high));
}

Status check_identity(const PotSpec& spec, const SpecBounds&) {
    if (Status name = check_name(spec.name); !name) return name;
    if (Status base = check_name(spec.base, "base"); !base) return base;
    if (Status host = check_name(spec.hostname.empty() ? spec.name : spec.hostname, "hostname"); !host)
        return host;
    const int highest = spec.type == PotType::Single ? 0 : 2;
    return check_range("level", spec.level, 0, highest);
}

Status check_command(const PotSpec& spec, const SpecBounds&) {
    std::size_t total = 0;
    if (spec.command.size() > most_arguments) {
        return invalid_field("command", std::to_string(spec.command.size()) + " arguments",
                             "at most 4096 arguments");
    }
    for (std::size_t i = 0; i < spec.command.size(); ++i) {
        total += spec.command[i].size();
        if (Status text = check_text(at("command", i), spec.command[i]); !text) return text;
    }
    if (!spec.command.empty() && spec.command.front().empty()) {
        return invalid_field("command[0]", "", "the program to run");
    }
    for (const EnvVar& variable : spec.env) {
        const std::string field = "env." + variable.name;
        total += variable.name.size() + variable.value.size();
        if (Status name = check_env_name(variable.name, field); !name) return name;
        if (Status value = check_text(field, variable.value); !value) return value;
    }
    if (total > most_text)
        return invalid_field("command", std::to_string(total) + " bytes", "at most 768 KiB with env");
    if (Status user = check_text("user", spec.user); !user) return user;
    if (spec.user.size() > 255) return invalid_field("user", spec.user, "at most 255 characters");
    return check_path("workdir", spec.workdir);
}

/// POOL/PATH, as zfs(8) has it.
Status check_dataset(std::string_view field, std::string_view name) {
    constexpr std::size_t longest = 255;
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_.: /").find(c) != std::string_view::npos;
    };
    const bool plain = !name.empty() && name.size() <= longest && name.front() != '/' && name.back() != '/' &&
                       name.find("//") == std::string_view::npos &&
                       std::all_of(name.begin(), name.end(), good);
    if (plain) return {};
    return invalid_field(field, is_text(name) ? name : "(bytes)", "the name of a dataset, like tank/data");
}

Status check_mount(const MountSpec& mount, std::size_t index) {
    const std::string target = at("mounts", index, "target");
    if (Status path = check_path(target, mount.target); !path) return path;
    if (mount.target == "/") return invalid_field(target, mount.target, "a place below /");
    if (mount.kind == MountSpec::Kind::Directory) return check_path(at("mounts", index, "dir"), mount.source);
    if (mount.kind == MountSpec::Kind::Dataset)
        return check_dataset(at("mounts", index, "dataset"), mount.source);
    if (mount.kind == MountSpec::Kind::Volume) return check_name(mount.source, at("mounts", index, "fscomp"));
    return check_range(at("mounts", index, "size"), mount.size, 0, std::int64_t{1} << 50);
}

/// Mounts are made in their order: one above an earlier one would cover it.
Status check_covers_none(const std::vector<MountSpec>& mounts, std::size_t index) {
    const std::string below = mounts[index].target + "/";
    for (std::size_t i = 0; i < index; ++i) {
        if (!std::string_view(mounts[i].target).starts_with(below)) continue;
        return invalid_field(at("mounts", index, "target"), mounts[index].target,
                             "a target that covers no earlier mount, as it does that on " + mounts[i].target +
                                 "; name it before that one");
    }
    return {};
}

Status check_mounts(const PotSpec& spec, const SpecBounds&) {
    if (spec.mounts.size() > most_mounts) {
        return invalid_field("mounts", std::to_string(spec.mounts.size()) + " mounts", "at most 256");
    }
    std::set<std::string_view> targets;
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        if (Status mount = check_mount(spec.mounts[i], i); !mount) return mount;
        if (!targets.insert(spec.mounts[i].target).second) {
            return invalid_field(at("mounts", i, "target"), spec.mounts[i].target,
                                 "a target that no other mount has");
        }
        if (Status covers = check_covers_none(spec.mounts, i); !covers) return covers;
    }
    return {};
}

Status check_limits_of(const PotSpec& spec, const SpecBounds& bounds) {
    return check_limits(spec.limits, bounds);
}

Status check_disk(const PotSpec& spec, const SpecBounds&) {
    return check_disk_limit("limits.disk", spec.limits.disk);
}

constexpr std::array<std::string_view, 16> rlimit_names{
    "as",   "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue",
    "nice", "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

Status check_rlimits(const PotSpec& spec, const SpecBounds&) {
    for (const auto& [name, value] : spec.rlimits) {
        if (std::find(rlimit_names.begin(), rlimit_names.end(), name) == rlimit_names.end()) {
            return invalid_field("rlimits", name,
                                 "one of as core cpu data fsize locks memlock msgqueue nice nofile "
                                 "nproc rss rtprio rttime sigpending stack");
        }
        if (Status range = check_range("rlimits." + name, value, 0, std::int64_t{1} << 62); !range)
            return range;
    }
    return {};
}

/// A further command inside the pot; none is fine.
Status check_inner_command(const std::string& field, const std::vector<std::string>& command) {
    if (command.size() > most_arguments)
        return invalid_field(field, std::to_string(command.size()) + " arguments", "at most 4096 arguments");
    if (!command.empty() && command.front().empty())
        return invalid_field(at(field, 0), "", "the program to run");
    std::size_t total = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        total += command[i].size();
        if (Status text = check_text(at(field, i), command[i]); !text) return text;
    }
    if (total > most_inner_text)
        return invalid_field(field, std::to_string(total) + " bytes", "at most 64 KiB");
    return {};
}

Status check_stop(const PotSpec& spec, const SpecBounds&) {
    constexpr std::int64_t one_day = 86'400'000;
    if (Status signal = check_range("stop.signal", spec.stop.signal, 1, 64); !signal) return signal;
    if (spec.stop.timeout.count() < 0 || spec.stop.timeout.count() > one_day)
        return invalid_field("stop.timeout", format_duration(spec.stop.timeout), "from 0s to 24h");
    return check_inner_command("stop.command", spec.stop.command);
}

Status check_hook_command(const std::vector<std::string>& command, const std::string& field) {
    if (command.size() > most_arguments) return invalid_field(field, "(arguments)", "at most 4096 arguments");
    if (Status path = check_path(field + "[0]", command.front()); !path) return path;
    for (std::size_t i = 0; i < command.size(); ++i) {
        if (Status text = check_text(at(field, i), command[i]); !text) return text;
    }
    return {};
}

Status check_hook(const HookSpec& hook, HookStage stage, std::size_t index) {
    const std::string field = at("hooks." + std::string(to_string(stage)), index);
    if (hook.command.empty() == hook.script.empty())
        return invalid_field(field, hook.command.empty() ? "neither" : "both", "one of command and script");
    if (!hook.script.empty()) {
        if (!hook.script.starts_with("#!"))
            return invalid_field(field + ".script", hook.script.substr(0, 20), "a text that begins with #!");
        if (hook.script.size() > most_script || !is_text(hook.script))
            return invalid_field(field + ".script", "(text)", "UTF-8 text without NUL of at most 64 KiB");
    } else if (Status command = check_hook_command(hook.command, field + ".command"); !command) {
        return command;
    }
    if (Status user = check_text(field + ".user", hook.user); !user) return user;
    if (hook.timeout < milliseconds{1} || hook.timeout > most_hook_time)
        return invalid_field(field + ".timeout", format_duration(hook.timeout), "from 1ms to 1h");
    const bool starting = stage == HookStage::Prestart || stage == HookStage::Poststart;
    if (hook.abort_on_failure && !starting)
        return invalid_field(field + ".on_failure", "abort", "ignore: the end of a run cannot be aborted");
    return {};
}

Status check_hooks(const PotSpec& spec, const SpecBounds&) {
    for (const HookStage stage :
         {HookStage::Prestart, HookStage::Poststart, HookStage::Prestop, HookStage::Poststop}) {
        const auto& hooks = spec.hooks.of(stage);
        if (hooks.size() > most_hooks) {
            return invalid_field("hooks." + std::string(to_string(stage)),
                                 std::to_string(hooks.size()) + " hooks", "at most 16");
        }
        for (std::size_t i = 0; i < hooks.size(); ++i) {
            if (Status hook = check_hook(hooks[i], stage, i); !hook) return hook;
        }
    }
    return {};
}

Status check_delay(std::string_view field, milliseconds value, milliseconds low) {
    constexpr milliseconds one_day{86'400'000};
    if (value >= low && value <= one_day) return {};
    return invalid_field(field, format_duration(value), "from " + format_duration(low) + " to 24h");
}

Status check_restart(const PotSpec& spec, const SpecBounds&) {
    const RestartSpec& restart = spec.restart;
    if (Status range = check_range("restart.max_retries", restart.max_retries, 0, 1'000'000); !range)
        return range;
    if (restart.max_retries != 0 && restart.policy != RestartPolicy::OnFailure) {
        return invalid_field("restart.max_retries", std::to_string(restart.max_retries),
                             "0, or the policy on-failure");
    }
    if (spec.remove_on_exit && restart.policy != RestartPolicy::No)
        return invalid_field("restart.policy", "(set)", "no, as the pot is removed on exit");
    if (Status delay = check_delay("restart.backoff.initial", restart.initial, milliseconds{10}); !delay)
        return delay;
    if (Status delay = check_delay("restart.backoff.max", restart.max, restart.initial); !delay) return delay;
    return check_delay("restart.backoff.reset_after", restart.reset_after, milliseconds{0});
}

Status check_exec_check(const HealthSpec& health) {
    if (health.command.empty() || health.command.front().empty())
        return invalid_field("health.exec.command", "[]", "the program and its arguments");
    for (std::size_t i = 0; i < health.command.size(); ++i) {
        if (Status text = check_text(at("health.exec.command", i), health.command[i]); !text) return text;
    }
    return {};
}

Status check_network_check(const HealthSpec& health) {
    const std::string kind = health.kind == HealthSpec::Kind::Tcp ? "health.tcp" : "health.http";
    if (Status port = check_range(kind + ".port", health.port, 1, 65'535); !port) return port;
    const bool plain =
        health.path.starts_with('/') && health.path.size() <= longest_path &&
        std::all_of(health.path.begin(), health.path.end(), [](char c) { return c > ' ' && c != '\x7f'; });
    if (plain) return {};
    return invalid_field(kind + ".path", "(text)", "a path that begins with / and has no blanks");
}

Status check_health(const PotSpec& spec, const SpecBounds&) {
    const HealthSpec& health = spec.health;
    if (health.kind == HealthSpec::Kind::None) return {};
    Status kind =
        health.kind == HealthSpec::Kind::Exec ? check_exec_check(health) : check_network_check(health);
    if (!kind) return kind;
    if (Status delay = check_delay("health.interval", health.interval, milliseconds{100}); !delay)
        return delay;
    if (Status delay = check_delay("health.timeout", health.timeout, milliseconds{10}); !delay) return delay;
    if (Status delay = check_delay("health.start_period", health.start_period, milliseconds{0}); !delay)
        return delay;
    return check_range("health.retries", health.retries, 1, 1000);
}

Status check_depends_on(const PotSpec& spec, const SpecBounds&) {
    if (spec.depends_on.size() > most_dependencies) {
        return invalid_field("depends_on", std::to_string(spec.depends_on.size()) + " pots", "at most 64");
    }
    for (std::size_t i = 0; i < spec.depends_on.size(); ++i) {
        if (Status name = check_name(spec.depends_on[i], at("depends_on", i)); !name) return name;
    }
    return {};
}

Status check_network(const PotSpec& spec, const SpecBounds&) {
    if (Status network = validate(spec.network); !network) return network;
    if (!spec.ports.empty() && !is_bridged(spec.network))
        return invalid_field("ports[0]", to_string(spec.ports.front()),
                             "none, as only pots on a bridge publish ports: its ports are the host's or "
                             "those of its own addresses");
    return validate(spec.ports);
}

Status check_rate(const char* field, std::int64_t rate, const NetworkSpec& network) {
    constexpr std::int64_t least = 1 << 10;
    constexpr std::int64_t most = 10'000'000'000;
    if (rate == 0) return {};
    if (!is_bridged(network))
        return invalid_field(field, std::to_string(rate),
                             "0 for none, as only what pots on bridges receive and send is limited");
    if (rate >= least && rate <= most) return {};
    return invalid_field(field, std::to_string(rate),
                         "0 for none, or from 1K to " + std::to_string(most) + ", in bytes a second");
}

Status check_rates(const PotSpec& spec, const SpecBounds&) {
    Status rx = check_rate("limits.network_rx", spec.limits.network_rx, spec.network);
    return rx ? check_rate("limits.network_tx", spec.limits.network_tx, spec.network) : std::move(rx);
}

Status check_names(const PotSpec& spec, const SpecBounds&) {
    if (Status dns = validate(spec.dns); !dns) return dns;
    if (spec.dns.mode == DnsMode::Pot && spec.network.type == NetworkType::None)
        return invalid_field("dns.mode", "pot", "another one: a pot without a network reaches no other pot");
    return validate(spec.hosts);
}

Status check_own_labels(const PotSpec& spec, const SpecBounds&) {
    return check_labels(spec.labels);
}

Status check_snapshots(const PotSpec& spec, const SpecBounds&) {
    return check_schedule(spec.snapshots);
}

Status check_log(const PotSpec& spec, const SpecBounds&) {
    if (Status size = check_range("log.max_size", spec.log.max_size, 4096, std::int64_t{1} << 40); !size)
        return size;
    return check_range("log.max_files", spec.log.max_files, 0, 1000);
}

}  // namespace

Status validate(const PotSpec& spec, const SpecBounds& bounds) {
    for (const auto check :
         {check_identity, check_command, check_mounts, check_limits_of, check_disk, check_rlimits, check_stop,
          check_hooks, check_restart, check_health, check_depends_on, check_network, check_rates, check_names,
          check_own_labels, check_log, check_snapshots}) {
        if (Status result = check(spec, bounds); !result) return result;
    }
    return {};
}

std::vector<int> cpu_numbers(const SpecBounds& bounds) {
    if (!bounds.cpu_numbers.empty()) return bounds.cpu_numbers;
    std::vector<int> numbers;
    numbers.reserve(static_cast<std::size_t>(std::max(bounds.cpus, 0)));
    for (int cpu = 0; cpu < bounds.cpus; ++cpu) numbers.push_back(cpu);
    return numbers;
}

Status check_disk_limit(std::string_view field, std::int64_t bytes) {
    // Less than a file system needs for itself would only be a pot that cannot write.
    constexpr std::int64_t least = 1 << 20;
    constexpr std::int64_t most = std::int64_t{1} << 60;
    if (bytes == 0 || (bytes >= least && bytes <= most)) return {};
    return invalid_field(field, std::to_string(bytes),
                         "0 for none, or from 1M to " + std::to_string(most) + " bytes");
}

Result<std::vector<int>> parse_cpu_list(std::string_view text, int cpus, std::string_view field) {
    const auto refuse = [&] {
        return invalid_field(field, text, "CPU numbers like 0,2-3, each below " + std::to_string(cpus));
    };
    std::set<int> numbers;
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    for (;;) {
        int first = 0;
        auto parsed = std::from_chars(next, end, first);
        if (parsed.ec != std::errc{} || first < 0) return refuse();
        int last = first;
        if (parsed.ptr != end && *parsed.ptr == '-') {
            parsed = std::from_chars(parsed.ptr + 1, end, last);
            if (parsed.ec != std::errc{}) return refuse();
        }
        if (last < first || last >= cpus) return refuse();
        for (int cpu = first; cpu <= last; ++cpu) numbers.insert(cpu);
        if (parsed.ptr == end) break;
        if (*parsed.ptr != ',') return refuse();
        next = parsed.ptr + 1;
    }
    return std::vector<int>(numbers.begin(), numbers.end());
}

}  // namespace potd::core
