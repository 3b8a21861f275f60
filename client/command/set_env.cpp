#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option set_env_options[] = {
    pot_option,
    {'E', "env", "VAR=VALUE", "a variable of the new list; may be repeated"},
    {0, "add", "VAR=VALUE", "set this one and keep the others; may be repeated"},
    {0, "remove", "VAR", "take this one away; may be repeated"},
    {0, "clear", "", "take all of them away"},
};

/// A merge patch keeps what it does not name, so what shall go is named as null.
Result<Value> make_env_patch(const Invocation& invocation, const Value& before) {
    Value patch;
    Value& env = patch.at("env");
    env = Value::object();
    const auto replacing = invocation.arguments().values("env");
    if (!replacing.empty() || invocation.has("clear")) {
        for (const auto& [name, value] : before.members()) env.set(name, Value());
    }
    for (const auto& name : invocation.arguments().values("remove")) env.set(name, Value());
    for (const std::string_view option : {"env", "add"}) {
        for (const auto& text : invocation.arguments().values(option)) {
            const auto pair = split_pair(option, text);
            if (!pair) return pair.failure();
            env.set(pair->first, pair->second);
        }
    }
    return patch;
}

Result<int> run_set_env(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const bool any =
        invocation.has("env") || invocation.has("add") || invocation.has("remove") || invocation.has("clear");
    if (!any) {
        return usage("one of -E, --add, --remove and --clear is needed");
    }
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const auto patch = make_env_patch(invocation, (*now)["spec"]["env"]);
    if (!patch) return patch.failure();
    const auto changed =
        invocation.api().patch(pot_url(*pot), *patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_env_command{"set-env",
                              "",
                              Section::Settings,
                              Operands::Pot,
                              "[-p] POT -E VAR=VALUE... | [--add VAR=VALUE]... [--remove VAR]...",
                              "set the variables a pot's command gets",
                              "As with pot, -E replaces the whole list; --add and --remove change it. Values "
                              "are taken as they are. Takes effect "
                              "at the next start.",
                              set_env_options,
                              run_set_env};

}  // namespace potd::client
