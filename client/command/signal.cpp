#include "client/command/table.hpp"
#include "client/terminal/signals.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    pot_option,
    {'s', "signal", "SIGNAL", "by name, with or without SIG, or number; INFO if not given"},
    {'a', "all", "", "to every process of the pot, not only the main one"},
    {'C', "check", "", "only print the pid that would get it"},
    {'l', "list", "", "list the signals"},
    {'f', "force", "", "exit 0 whatever happens"},
    {'P',
     "pid",
     "PID",
     "to this process",
     Completes::Nothing,
     {},
     "signals to a chosen pid are not in this version"},
    {'m',
     "match",
     "PATTERN",
     "to processes that match",
     Completes::Nothing,
     {},
     "signals by pattern are not in this version"},
};

Result<int> list_signals(Invocation& invocation) {
    for (const auto name : signal_names()) invocation.print_line(name);
    return exit_code::ok;
}

Result<int> print_pids(Invocation& invocation, const std::string& pot) {
    const auto processes = invocation.api().list(pot_url(pot, "/processes"));
    if (!processes) return processes.failure();
    const auto now = invocation.api().get(pot_url(pot));
    if (!now) return now.failure();
    const auto main_pid = (*now)["run"]["pid"].integer();
    for (const auto& process : (*processes)["items"].items()) {
        const auto pid = process["pid"].integer();
        if (pid && (invocation.has("all") || pid == main_pid)) invocation.print_line(std::to_string(*pid));
    }
    return exit_code::ok;
}

Result<int> deliver(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    if (invocation.has("check")) return print_pids(invocation, *pot);
    Value body;
    body.set("signal", invocation.value("signal").value_or("INFO"));
    body.set("target", invocation.has("all") ? "all" : "main");
    const auto sent = invocation.api().post(pot_url(*pot, "/kill"), body);
    if (sent) return exit_code::ok;
    Failure failure = sent.failure();
    if (!invocation.has("signal") && failure.exit == exit_code::usage)
        failure.hint = "-s names another signal";
    return failure;
}

Result<int> run(Invocation& invocation) {
    if (invocation.has("list")) return list_signals(invocation);
    const auto done = deliver(invocation);
    if (!done && invocation.has("force")) {
        invocation.note(error_line("signal", done.failure()).substr(8));
        return exit_code::ok;
    }
    return done;
}

}  // namespace

const Command signal_command{"signal",
                             "",
                             Section::Running,
                             Operands::OptionalPot,
                             "[-p] POT [-s SIGNAL] [-aCf] | -l",
                             "send a signal to a pot's main process",
                             "",
                             options,
                             run};

}  // namespace potd::client
