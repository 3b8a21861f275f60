#include "client/command/remote_shell.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

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

Result<int> run_exec(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    if (invocation.has("detach") && invocation.has("terminal")) return usage("-d and -t exclude each other");
    const auto body = exec_request(invocation);
    if (!body) return body.failure();
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
