#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/text/suggestion.hpp"

#include <algorithm>
#include <array>

namespace potd::client {
namespace {

constexpr Option config_options[] = {
    {'g', "get", "NAME", "which one"},
    {'q', "quiet", "", "print the value only"},
};

struct Known {
    std::string_view name, group, field;
};
constexpr std::array known_keys = {
    Known{"instance", "", "instance"},
    Known{"version", "", "version"},
    Known{"system", "platform", "system"},
    Known{"hostname", "platform", "hostname"},
    Known{"cgroup_mode", "capabilities", "cgroup_mode"},
    Known{"drivers", "capabilities", "drivers"},
    Known{"networks", "capabilities", "networks"},
};
constexpr std::array<std::string_view, 7> of_pot = {"fs_root",    "zfs_root",      "gateway",      "syslogd",
                                                    "pot_prefix", "fscomp_prefix", "network_stack"};

std::string text_of(const Value& value) {
    if (value.is_text()) return value.text();
    if (!value.is_array()) return json_scalar(value);
    std::string text;
    for (const auto& item : value.items()) {
        if (!text.empty()) text += ' ';
        text += item.text();
    }
    return text;
}

Failure key_not_here(const std::string& name) {
    if (std::find(of_pot.begin(), of_pot.end(), name) != of_pot.end()) {
        return failed(name + " is a setting of pot that potd does not have");
    }
    std::vector<std::string_view> names;
    std::string all;
    for (const auto& entry : known_keys) {
        names.push_back(entry.name);
        all += (all.empty() ? "" : " ") + std::string(entry.name);
    }
    const std::string hint = did_you_mean(name, names);
    return usage("there is no setting '" + name + "'", hint.empty() ? "there are: " + all : hint);
}

Result<int> run_config(Invocation& invocation) {
    const auto name = invocation.required("get");
    if (!name) return name.failure();
    const auto* entry = std::find_if(known_keys.begin(), known_keys.end(),
                                     [&](const Known& each) { return each.name == *name; });
    if (entry == known_keys.end()) return key_not_here(*name);
    const auto info = invocation.api().get("/v1/info");
    if (!info) return info.failure();
    const Value& value = entry->group.empty() ? (*info)[entry->field] : (*info)[entry->group][entry->field];
    invocation.print_line(invocation.has("quiet") ? text_of(value) : *name + " = " + text_of(value));
    return exit_code::ok;
}

}  // namespace

const Command config_command{"config",
                             "",
                             Section::System,
                             Operands::None,
                             "-g NAME [-q]",
                             "print a setting of potd",
                             "instance, version, system, hostname, cgroup_mode, drivers or networks.",
                             config_options,
                             run_config};

}  // namespace potd::client
