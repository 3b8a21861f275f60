#include "client/command/ending.hpp"
#include "client/command/foreground.hpp"
#include "client/command/remote_shell.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

#include <random>

#include <unistd.h>

namespace potd::client {
namespace {

constexpr std::array run_own_options = {
    Option{'p', "pot", "POT", "its name; else potctl makes one up"},
    Option{0, "name", "NAME", "as --pot"},
    Option{0, "rm", "", "destroy it when it has ended"},
    Option{'d', "detach", "", "do not stay: print its name and return"},
    Option{'i', "interactive", "", "hand standard input to the command"},
    Option{'t', "terminal", "", "give the command a terminal; Ctrl-P Ctrl-Q leaves it alone"},
    Option{0, "type", "TYPE", "pot's type of file system", Completes::Nothing, "single|multi"},
    Option{'f', "force", "", "accepted for pot's term -f", Completes::Nothing},
};
constexpr auto run_options = joined(run_own_options, spec_options);

std::string made_up_name() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device random;
    std::string name = "run-";
    for (int i = 0; i < 8; ++i) name += digits[random() & 0xFU];
    return name;
}

/// pot's `run NAME`: a shell in a pot that exists.
Result<std::string> existing_pot(const Invocation& invocation) {
    const Arguments& typed = invocation.arguments();
    const bool makes_one = invocation.has("base") || invocation.has("file") || invocation.has("parent");
    if (makes_one || typed.after_dashes || typed.command.size() > 1) return std::string();
    const auto option = invocation.value("pot");
    if (option) return typed.command.empty() ? *option : std::string();
    return typed.command.empty() ? std::string() : typed.command.front();
}

Result<Value> make_spec(const Invocation& invocation) {
    auto spec = spec_from_options(invocation.arguments());
    if (!spec) return spec;
    const auto name = invocation.value("pot") ? invocation.value("pot") : invocation.value("name");
    if (name) spec->set("name", *name);
    if ((*spec)["name"].is_null()) spec->set("name", made_up_name());
    if ((*spec)["base"].is_null() && (*spec)["parent"].is_null()) {
        return usage("a base is needed", "-b host is this machine's own userland");
    }
    if (invocation.has("terminal")) spec->set("terminal", true);
    if (invocation.has("interactive")) spec->set("open_stdin", true);
    // By potd, whatever becomes of us.
    if (invocation.has("rm")) spec->set("remove_on_exit", true);
    return spec;
}

void remove_quietly(Invocation& invocation, const std::string& pot) {
    const auto gone = invocation.api().remove(pot_url(pot, "?force=true"));
    if (!gone && gone.failure().exit != exit_code::not_found) {
        invocation.note(error_line("run", gone.failure()).substr(8));
    }
}

Result<int> stay(Invocation& invocation, const std::string& pot) {
    Foreground foreground(invocation, pot, {invocation.has("interactive"), invocation.has("terminal")});
    const auto status = foreground.run();
    if (!status && !foreground.started() && invocation.has("rm")) remove_quietly(invocation, pot);
    if (!status) return status.failure();
    return status->value_or(exit_code::ok);
}

Result<int> leave(Invocation& invocation, const std::string& pot) {
    const auto started = invocation.api().post(pot_url(pot, "/start"));
    if (!started) {
        if (invocation.has("rm")) remove_quietly(invocation, pot);
        return command_failure(started.failure());
    }
    invocation.print_line(pot);
    return exit_code::ok;
}

Result<int> run_run(Invocation& invocation) {
    const auto existing = existing_pot(invocation);
    if (!existing) return existing.failure();
    if (!existing->empty()) return open_shell(invocation, *existing, true);
    const auto spec = make_spec(invocation);
    if (!spec) return spec.failure();
    const auto created = invocation.api().post("/v1/pots", *spec);
    if (!created) return created.failure();
    const std::string pot = (*spec)["name"].text();
    return invocation.has("detach") ? leave(invocation, pot) : stay(invocation, pot);
}

}  // namespace

const Command run_command{
    "run",
    "",
    Section::Running,
    Operands::Command,
    "-b BASE [OPTION...] [--] COMMAND... | POT",
    "create a pot, start it and stay with it",
    "Both outputs of the command come out here, byte by byte; while whoever reads them is "
    "slow the command waits, as in a pipeline. With -i the end of our input is the "
    "command's. Signals go to it, and potctl exits with its status, 128+signal if a "
    "signal ended it, 127 if there is no such command, 126 if it cannot be run. If potd "
    "goes away the pot runs on: potctl waits up to a minute for it to come back, joins "
    "again and exits as ever; what the command wrote meanwhile is in its log. Killing "
    "potctl leaves the pot running; --rm removes it all the same when it has ended. As with pot, run POT "
    "alone "
    "opens a shell in a pot that exists, "
    "starting it if need be (term -f).",
    run_options,
    run_run};

}  // namespace potd::client
