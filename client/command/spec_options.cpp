#include "client/command/spec_options.hpp"

#include "client/command/spec_file.hpp"
#include "client/text/words.hpp"

#include <charconv>
#include <optional>

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
    {"dns", "dns", "mode"},
    {"memory", "limits", "memory"},
    {"memory-soft", "limits", "memory_soft"},
    {"swap", "limits", "swap"},
    {"cpuset", "limits", "cpuset"},
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
    {"read-only", "security", "read_only_root", true},
    {"allow-new-privileges", "security", "no_new_privileges", false},
};

Value& field(Value& spec, std::string_view group, std::string_view name) {
    return group.empty() ? spec.at(name) : spec.at(group).at(name);
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
    Number value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return {};
    return value;
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
             {&SpecBuilder::numbers, &SpecBuilder::pairs, &SpecBuilder::mounts, &SpecBuilder::capabilities,
              &SpecBuilder::addresses, &SpecBuilder::level, &SpecBuilder::supervision}) {
            if (auto done = (this->*step)(); !done) return done.failure();
        }
        return std::move(spec_);
    }

  private:
    Status numbers() {
        struct Whole {
            std::string_view option, field;
        };
        constexpr Whole wholes[] = {{"cpu-weight", "cpu_weight"}, {"pids", "pids"}};
        for (const auto& entry : wholes) {
            const auto text = arguments_.value(entry.option);
            if (!text) continue;
            const auto number = number_from<std::int64_t>(*text);
            if (!number) return usage("--" + std::string(entry.option) + ": '" + *text + "' is not a number");
            spec_.at("limits").set(entry.field, *number);
        }
        const auto cpus = arguments_.value("cpus");
        if (!cpus) return Done{};
        const auto number = number_from<double>(*cpus);
        if (!number) return usage("--cpus: '" + *cpus + "' is not a number");
        spec_.at("limits").set("cpus", *number);
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
                if (!pair) return pair.failure();
                spec_.at(map.field).set(pair->first, pair->second);
            }
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
                         "' is not DIR:TARGET, DIR:TARGET:ro or DIR:TARGET:rw");
        }
        Value mount;
        mount.set("dir", parts[0]);
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

    Status addresses() {
        for (const auto& address : arguments_.values("ip")) {
            const bool six = address.find(':') != std::string::npos;
            spec_.at("network").set(six ? "ipv6" : "ipv4", address);
        }
        return Done{};
    }

    /// pot's default: 1, and 0 for a single one.
    Status level() {
        if (const auto level = arguments_.value("level")) {
            spec_.set("level", number_from<std::int64_t>(*level).value_or(0));
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
        const auto retries = number_from<std::int64_t>(std::string_view(*restart).substr(colon + 1));
        if (!retries) return usage("--restart: '" + *restart + "' is not POLICY or on-failure:NUMBER");
        spec_.at("restart").set("max_retries", *retries);
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
