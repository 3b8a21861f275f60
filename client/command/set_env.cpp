#include "client/command/secret_options.hpp"
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
    {0, "secret", "VAR=VALUE",
     "set one that nobody is shown again; VAR=@FILE takes what a file has; may be repeated"},
    {0, "remove-secret", "VAR", "take this one away; may be repeated"},
};

Status add_secrets(const Invocation& invocation, Value& patch) {
    for (const auto& name : invocation.arguments().values("remove-secret"))
        patch.at("env_secret").set(name, Value());
    for (const auto& text : invocation.arguments().values("secret")) {
        const auto pair = secret_pair("secret", text);
        if (!pair) return pair.failure();
        patch.at("env_secret").set(pair->first, pair->second);
    }
    return Done{};
}

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
    if (auto added = add_secrets(invocation, patch); !added) return added.failure();
    return patch;
}

Result<int> run_set_env(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto& given = invocation;
    const bool open = given.has("env") || given.has("add") || given.has("remove") || given.has("clear");
    if (!open && !given.has("secret") && !given.has("remove-secret"))
        return usage("one of -E, --add, --remove, --clear, --secret and --remove-secret is needed");
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
                              "[-p] POT -E VAR=VALUE... | [--add VAR=VALUE]... [--remove VAR]... | "
                              "[--secret VAR=@FILE]...",
                              "set the variables a pot's command gets",
                              "As with pot, -E replaces the whole list; --add and --remove change it. Values "
                              "are taken as they are. Takes effect "
                              "at the next start. Secret ones are kept encrypted; what stands on the command "
                              "line other users of this machine can see while potctl runs, a file not.",
                              set_env_options,
                              run_set_env};

}  // namespace potd::client
