#include "client/command/attributes.hpp"

#include "client/text/suggestion.hpp"
#include "client/text/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace potd::client {
namespace {

/// An attribute that is a true or false of the spec.
struct Flag {
    std::string_view name, group, field;
};
constexpr std::array flags = {
    Flag{"start-at-boot", "boot", "start"},
    Flag{"early-start-at-boot", "boot", "early"},
    Flag{"persistent", "", "persistent"},
    Flag{"prunable", "", "prunable"},
};
constexpr std::string_view stop_timeout = "stop_timeout";
constexpr std::string_view exec_stop = "exec_stop";
constexpr std::string_view no_rc_script = "no-rc-script";
constexpr std::string_view no_etc_hosts = "no-etc-hosts";

/// pot's other attributes.
constexpr std::array<std::string_view, 18> absent = {
    "localhost-tunnel", "no-tmpfs", "to-be-pruned", "enforce_statfs", "mount", "fdescfs",
    "linprocfs",        "nullfs",   "procfs",       "tmpfs",          "zfs",   "raw_sockets",
    "sysvshm",          "sysvsem",  "sysvmsg",      "children",       "mlock", "devfs_ruleset",
};

Failure attribute_not_here(const std::string& name) {
    if (std::find(absent.begin(), absent.end(), name) != absent.end()) {
        return failed("the attribute " + name + " is not in this version", "there are: " + attribute_names());
    }
    std::vector<std::string_view> known(absent.begin(), absent.end());
    for (const auto& flag : flags) known.push_back(flag.name);
    known.push_back(stop_timeout);
    known.push_back(exec_stop);
    known.push_back(no_rc_script);
    known.push_back(no_etc_hosts);
    return usage("there is no attribute '" + name + "'", did_you_mean(name, known));
}

const Flag* find_flag(std::string_view name) {
    const auto* found =
        std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.name == name; });
    return found == flags.end() ? nullptr : found;
}

/// A line for a shell, as jail's exec.stop; a command that was set otherwise is shown as its words.
std::string stop_line(const Value& command) {
    std::vector<std::string> words;
    for (const Value& word : command.items()) words.push_back(word.text());
    if (words.size() == 3 && words[0] == "/bin/sh" && words[1] == "-c") return words[2];
    return join_words(words);
}

std::string yes_or_no(bool flag) {
    return flag ? "YES" : "NO";
}

std::optional<bool> flag_from(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (text == "yes" || text == "true" || text == "on") return true;
    if (text == "no" || text == "false" || text == "off") return false;
    return {};
}

}  // namespace

std::string attribute_names() {
    std::string names;
    for (const auto& flag : flags) (names += flag.name) += ' ';
    for (const std::string_view name : {no_rc_script, no_etc_hosts, stop_timeout}) (names += name) += ' ';
    return names += exec_stop;
}

Result<std::string> attribute_text(const Value& pot, const std::string& name) {
    const Value& spec = pot["spec"];
    if (name == stop_timeout) return spec["stop"]["timeout"].text();
    if (name == exec_stop) return stop_line(spec["stop"]["command"]);
    // What potd starts is always the command itself.
    if (name == no_rc_script) return yes_or_no(!spec["command"].items().empty());
    // Kept only while it is so.
    if (name == no_etc_hosts) return yes_or_no(!spec["attributes"][name].is_null());
    const Flag* flag = find_flag(name);
    if (flag == nullptr) return attribute_not_here(name);
    const Value& value = flag->group.empty() ? spec[flag->field] : spec[flag->group][flag->field];
    if (name == "persistent" && value.is_null()) return yes_or_no(spec["command"].items().empty());
    return yes_or_no(value.flag());
}

Result<Value> attribute_patch(const std::string& name, const std::string& value) {
    Value patch;
    if (name == stop_timeout) {
        const bool bare = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
        patch.at("stop").set("timeout", bare ? value + "s" : value);
        return patch;
    }
    if (name == exec_stop) {
        std::vector<std::string> command;
        if (!value.empty()) command = {"/bin/sh", "-c", value};
        patch.at("stop").set("command", command);
        return patch;
    }
    const Flag* flag = find_flag(name);
    if (flag == nullptr && name != no_rc_script && name != no_etc_hosts) return attribute_not_here(name);
    const auto parsed = flag_from(value);
    if (!parsed) return usage(name + ": '" + value + "' is neither yes nor no");
    if (flag == nullptr) {
        patch.at("attributes").set(name, *parsed);
    } else if (flag->group.empty()) {
        patch.set(flag->field, *parsed);
    } else {
        patch.at(flag->group).set(flag->field, *parsed);
    }
    return patch;
}

}  // namespace potd::client
