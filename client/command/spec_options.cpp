#include "client/command/spec_options.hpp"

#include "client/command/limit_options.hpp"
#include "client/command/name_options.hpp"
#include "client/command/network_options.hpp"
#include "client/command/schedule_options.hpp"
#include "client/command/secret_options.hpp"
#include "client/command/spec_file.hpp"
#include "client/text/decimal.hpp"
#include "client/text/words.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace potd::client {
namespace {

/// Options whose text is a field of the spec as it stands.
struct TextField {
    std::string_view option, group, field;
};
constexpr TextField text_fields[] = {
    {"base", "", "base"},
    {"type", "", "type"},
    {"user", "", "user"},
    {"workdir", "", "workdir"},
    {"hostname", "", "hostname"},
    {"parent", "", "parent"},
    {"network", "network", "type"},
    {"stack", "network", "stack"},
    {"oom-policy", "oom", "policy"},
    {"stop-signal", "stop", "signal"},
    {"stop-timeout", "stop", "timeout"},
    {"seccomp", "security", "seccomp"},
    {"userns", "security", "user_namespace"},
};

/// Options without a value that set a field.
struct FlagField {
    std::string_view option, group, field;
    bool value;
};
constexpr FlagField flag_fields[] = {
    {"persistent", "", "persistent", true},
    {"no-persistent", "", "persistent", false},
    {"prunable", "", "prunable", true},
    {"start-at-boot", "boot", "start", true},
    {"oom-protected", "oom", "protected", true},
    {"read-only", "security", "read_only_root", true},
    {"allow-new-privileges", "security", "no_new_privileges", false},
};

Value& field(Value& spec, std::string_view group, std::string_view name) {
    return group.empty() ? spec.at(name) : spec.at(group).at(name);
}

/// pot's export-ports has -e for them.
bool is_port_like(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789:-tcpudps") == std::string_view::npos &&
           text.find_first_of("0123456789") != std::string_view::npos;
}

class SpecBuilder {
  public:
    SpecBuilder(const Arguments& arguments, Value spec) : arguments_(arguments), spec_(std::move(spec)) {}

    Result<Value> build() {
        for (const auto& entry : text_fields) {
            if (auto text = arguments_.value(entry.option)) field(spec_, entry.group, entry.field) = *text;
        }
        for (const auto& entry : flag_fields) {
            if (arguments_.has(entry.option)) field(spec_, entry.group, entry.field) = entry.value;
        }
        for (const auto step :
             {&SpecBuilder::limits, &SpecBuilder::oom, &SpecBuilder::pairs, &SpecBuilder::mounts,
              &SpecBuilder::capabilities, &SpecBuilder::networking, &SpecBuilder::dns, &SpecBuilder::level,
              &SpecBuilder::supervision, &SpecBuilder::stop_command, &SpecBuilder::snapshots}) {
            if (auto done = (this->*step)(); !done) return done.failure();
        }
        return std::move(spec_);
    }

  private:
    Status limits() {
        Value limits = spec_["limits"];
        auto read = limits_from_options(arguments_, limits, false);
        if (read && !limits.is_null()) spec_.set("limits", std::move(limits));
        return read;
    }

    Status oom() {
        const auto text = arguments_.value("oom-priority");
        if (!text) return Done{};
        const auto number = whole_number(*text);
        if (!number) return usage("--oom-priority: '" + *text + "' is not a number");
        spec_.at("oom").set("priority", *number);
        return Done{};
    }

    Status pairs() {
        struct Map {
            std::string_view option, field;
        };
        constexpr Map maps[] = {
            {"env", "env"}, {"label", "labels"}, {"rlimit", "rlimits"}, {"attribute", "attributes"}};
        for (const auto& map : maps) {
            for (const auto& text : arguments_.values(map.option)) {
                const auto pair = split_pair(map.option, text);
                if (!pair && map.option == "env" && is_port_like(text))
                    return usage(pair.failure().why, "--publish publishes a port");
                if (!pair) return pair.failure();
                spec_.at(map.field).set(pair->first, pair->second);
            }
        }
        for (const auto& text : arguments_.values("env-secret")) {
            const auto pair = secret_pair("env-secret", text);
            if (!pair) return pair.failure();
            spec_.at("env_secret").set(pair->first, pair->second);
        }
        return Done{};
    }

    Status mounts() {
        for (const auto& text : arguments_.values("mount")) {
            if (auto done = mount(text); !done) return done;
        }
        for (const auto& text : arguments_.values("tmpfs")) {
            const std::size_t colon = text.find(':');
            Value mount;
            mount.set("tmpfs", true);
            mount.set("target", text.substr(0, colon));
            if (colon != std::string::npos) mount.set("size", text.substr(colon + 1));
            spec_.at("mounts").push(std::move(mount));
        }
        return Done{};
    }

    Status mount(std::string_view text) {
        std::vector<std::string_view> parts;
        for_each_part(text, ':', [&](std::string_view part) { parts.push_back(part); });
        const bool with_mode = parts.size() == 3 && (parts[2] == "ro" || parts[2] == "rw");
        if (parts.size() != 2 && !with_mode) {
            return usage("--mount: '" + std::string(text) +
                         "' is not SOURCE:TARGET, SOURCE:TARGET:ro or SOURCE:TARGET:rw");
        }
        Value mount;
        // A directory is named by its whole path, and no name of a volume has a slash.
        const bool slash = parts[0].find('/') != std::string_view::npos;
        mount.set(parts[0].starts_with('/') ? "dir" : slash ? "dataset" : "fscomp", parts[0]);
        mount.set("target", parts[1]);
        if (with_mode) mount.set("mode", parts[2]);
        spec_.at("mounts").push(std::move(mount));
        return Done{};
    }

    Status capabilities() {
        for (const std::string_view verb : {"add", "drop"}) {
            for (auto name : arguments_.values("cap-" + std::string(verb))) {
                if (name.starts_with("CAP_")) name.erase(0, 4);
                spec_.at("security").at("capabilities").at(verb).push(name);
            }
        }
        return Done{};
    }

    Status networking() { return network_from_options(arguments_, spec_); }

    Status dns() {
        const auto text = arguments_.value("dns");
        if (!text) return Done{};
        auto dns = dns_from_option(*text);
        if (!dns) return dns.failure();
        spec_.set("dns", std::move(*dns));
        return Done{};
    }

    /// pot's default: 1, and 0 for a single one.
    Status level() {
        if (const auto level = arguments_.value("level")) {
            spec_.set("level", whole_number(*level).value_or(0));
        } else if (spec_["type"].text() == "single" && spec_["level"].is_null()) {
            spec_.set("level", 0);
        }
        return Done{};
    }

    Status supervision() {
        for (const auto& pot : arguments_.values("depends-on")) spec_.at("depends_on").push(pot);
        const auto restart = arguments_.value("restart");
        if (!restart) return Done{};
        const std::size_t colon = restart->find(':');
        spec_.at("restart").set("policy", restart->substr(0, colon));
        if (colon == std::string::npos) return Done{};
        const auto retries = whole_number(std::string_view(*restart).substr(colon + 1));
        if (!retries) return usage("--restart: '" + *restart + "' is not POLICY or on-failure:NUMBER");
        spec_.at("restart").set("max_retries", *retries);
        return Done{};
    }

    Status stop_command() {
        const auto line = arguments_.value("stop-command");
        if (!line) return Done{};
        const auto words = split_words(*line);
        if (!words) return words.failure();
        spec_.at("stop").set("command", *words);
        return Done{};
    }

    Status snapshots() {
        const auto schedule = schedule_from_options(arguments_, "snapshot-");
        if (!schedule) return schedule.failure();
        if (schedule->is_null()) return Done{};
        for (const auto& [name, value] : schedule->members()) spec_.at("snapshots").set(name, value);
        return Done{};
    }

    const Arguments& arguments_;
    Value spec_;
};

Result<std::vector<std::string>> command_of(const Arguments& arguments) {
    const auto line = arguments.value("cmd");
    if (!line) return arguments.command;
    if (!arguments.command.empty()) return usage("a command is given twice: by --cmd and behind --");
    return split_words(*line);
}

}  // namespace

Result<std::pair<std::string, std::string>> split_pair(std::string_view option, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        return usage("--" + std::string(option) + ": '" + std::string(text) + "' is not NAME=VALUE");
    }
    return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

Result<Value> spec_from_options(const Arguments& arguments) {
    Value spec = Value::object();
    if (const auto file = arguments.value("file")) {
        auto read = read_spec_file(*file);
        if (!read) return read;
        spec = std::move(*read);
    }
    auto built = SpecBuilder(arguments, std::move(spec)).build();
    if (!built) return built;
    const auto command = command_of(arguments);
    if (!command) return command.failure();
    if (!command->empty()) built->set("command", *command);
    return built;
}

}  // namespace potd::client
