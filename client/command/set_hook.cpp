#include "client/command/table.hpp"

#include <array>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr std::array<std::string_view, 4> stages = {"prestart", "poststart", "prestop", "poststop"};

constexpr Option set_hook_options[] = {
    pot_option,
    {'s', "prestart", "FILE", "run before the pot is started", Completes::Files},
    {'S', "poststart", "FILE", "run once its command runs", Completes::Files},
    {'t', "prestop", "FILE", "run before it is asked to end", Completes::Files},
    {'T', "poststop", "FILE", "run once nothing of it is left, however it ended", Completes::Files},
    {0, "timeout", "DURATION", "kill the hook after that time; 30s if not given"},
    {0, "user", "USER", "run it as this user of the host instead of root"},
    {0, "on-failure", "WHAT", "for prestart and poststart: whether the start has failed then",
     Completes::Nothing, "abort|ignore"},
    {0, "remove", "STAGE", "take the hooks of a stage away; may be repeated", Completes::Nothing,
     "prestart|poststart|prestop|poststop"},
};

Result<std::string> read_script(const std::string& file) {
    if (::access(file.c_str(), X_OK) != 0) return failed("'" + file + "' is not an executable file");
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return failed("'" + file + "' cannot be read");
    return text.str();
}

Result<Value> make_hook(const Arguments& arguments, std::string_view stage, const std::string& file) {
    const auto script = read_script(file);
    if (!script) return failed("--" + std::string(stage) + ": " + script.failure().why);
    Value hook = Value::object();
    hook.set("script", *script);
    for (const auto& [option, field] : {std::pair("timeout", "timeout"), std::pair("user", "user")}) {
        if (const auto value = arguments.value(option)) hook.set(field, *value);
    }
    const auto on_failure = arguments.value("on-failure");
    if (on_failure && stage.ends_with("start")) hook.set("on_failure", *on_failure);
    return hook;
}

Result<Value> make_hook_patch(const Arguments& arguments) {
    Value hooks = Value::object();
    for (const auto& stage : arguments.values("remove")) hooks.set(stage, Value::array());
    for (const std::string_view stage : stages) {
        const auto file = arguments.value(stage);
        if (!file) continue;
        auto hook = make_hook(arguments, stage, *file);
        if (!hook) return hook;
        Value list = Value::array();
        list.push(*std::move(hook));
        hooks.set(stage, std::move(list));
    }
    if (hooks.members().empty()) return usage("one of -s, -S, -t, -T and --remove is needed");
    Value patch = Value::object();
    patch.set("hooks", std::move(hooks));
    return patch;
}

Result<int> run_set_hook(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto patch = make_hook_patch(invocation.arguments());
    if (!patch) return patch.failure();
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const auto changed =
        invocation.api().patch(pot_url(*pot), *patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_hook_command{
    "set-hook",
    "",
    Section::Settings,
    Operands::Pot,
    "[-p] POT [-s FILE] [-S FILE] [-t FILE] [-T FILE] [--remove STAGE]...",
    "set the scripts of the host that are run around a pot's life",
    "As with pot the file is copied: later edits have no effect. It replaces what the stage had. A prestart "
    "hook that fails makes the start fail unless --on-failure says ignore.",
    set_hook_options,
    run_set_hook};

}  // namespace potd::client
