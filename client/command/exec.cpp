#include "client/command/ending.hpp"
#include "client/command/remote_shell.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"

#include <array>

#include <pwd.h>

namespace potd::client {
namespace {

constexpr Option exec_options[] = {
    pot_option,
    {'d', "detach", "", "return when it has begun; its output is thrown away"},
    {'t', "terminal", "", "give the command a terminal"},
    {'i', "interactive", "", "hand over standard input; exec always does"},
    {'e', "env", "VAR=VALUE", "set a variable; may be repeated"},
    {'u', "user", "USER",
     "as this user of the machine potctl runs on; one it does not know is looked up in the pot"},
    {'U', "pot-user", "USER", "as this user of the pot"},
    {'w', "workdir", "DIR", "in this directory"},
    {0, "result", "FORMAT",
     "without streams: print what it wrote and how it ended, as one document; input ends at once",
     Completes::Nothing, "json|yaml"},
    {0, "timeout", "DURATION", "with --result: kill it after this long and fail"},
};

/// "uid:gid" of a user of this machine, else the name as it is.
std::string host_user(const std::string& name) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    const int error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (error != 0 || found == nullptr) return name;
    return std::to_string(entry.pw_uid) + ':' + std::to_string(entry.pw_gid);
}

Result<Value> exec_request(const Invocation& invocation) {
    Value body;
    if (invocation.arguments().command.empty())
        return usage("which command?", "potctl exec -p POT -- COMMAND...");
    body.set("command", invocation.arguments().command);
    for (const auto& text : invocation.arguments().values("env")) {
        const auto pair = split_pair("env", text);
        if (!pair) return pair.failure();
        body.at("env").set(pair->first, pair->second);
    }
    const auto user = invocation.value("user");
    const auto pot_user = invocation.value("pot-user");
    if (user && pot_user) return usage("-u and -U exclude each other");
    if (user) body.set("user", host_user(*user));
    if (pot_user) body.set("user", *pot_user);
    if (auto directory = invocation.value("workdir")) body.set("workdir", *directory);
    if (invocation.has("terminal")) set_terminal(body);
    return body;
}

/// By one request, which keeps up to 1 MiB of each output.
Result<int> print_result(Invocation& invocation, const std::string& pot, Value body) {
    for (const std::string_view option : {"detach", "terminal"}) {
        if (invocation.has(option)) return usage("--result excludes --" + std::string(option));
    }
    if (const auto timeout = invocation.value("timeout")) body.set("timeout", *timeout);
    const auto result = invocation.api().post(pot_url(pot, "/exec"), body);
    if (!result) return command_failure(result.failure());
    invocation.print(invocation.value("result") == "json" ? pretty_json(*result) : yaml_text(*result));
    const auto status = run_status(*result);
    return status ? Result<int>(*status) : Result<int>(status.failure());
}

Result<int> run_exec(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto body = exec_request(invocation);
    if (!body) return body.failure();
    if (invocation.has("result")) return print_result(invocation, *pot, *body);
    if (invocation.has("timeout")) return usage("--timeout is for --result");
    return execute(invocation, *pot, *body, invocation.has("detach"));
}

}  // namespace

const Command exec_command{
    "exec",
    "",
    Section::Running,
    Operands::PotThenCommand,
    "-p POT [-dt] [-e VAR=VALUE] [-u USER | -U USER] [-w DIR] [--] COMMAND...",
    "run a command in a running pot",
    "Standard input goes to the command and its outputs come out here; potctl exits with its "
    "status, 128+signal if a signal ended it, 127 if there is no such command.",
    exec_options,
    run_exec};

}  // namespace potd::client
