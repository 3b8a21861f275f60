#include "client/command/table.hpp"
#include "client/http/message.hpp"
#include "client/terminal/signals.hpp"
#include "client/text/decimal.hpp"

namespace potd::client {
namespace {

constexpr Option signal_options[] = {
    pot_option,
    {'s', "signal", "SIGNAL", "by name, with or without SIG, or number; INFO if not given"},
    {'a', "all", "", "to every process of the pot, not only the main one"},
    {'C', "check", "", "only print the pid that would get it"},
    {'l', "list", "", "list the signals"},
    {'f', "force", "", "exit 0 whatever happens"},
    {'P', "pid", "PID", "to this process of the pot, by its pid on the host"},
    {'m', "match", "PATTERN", "to the processes of the pot whose names match, as pkill(1) does"},
};

Result<int> list_signals(Invocation& invocation) {
    for (const auto name : signal_names()) invocation.print_line(name);
    return exit_code::ok;
}

/// The query that lists whom the signal is for, if that is said by pid or pattern.
std::string chosen_processes(const Invocation& invocation) {
    if (const auto pid = invocation.value("pid")) return "?pid=" + url_escape(*pid);
    if (const auto pattern = invocation.value("match")) return "?pattern=" + url_escape(*pattern);
    return {};
}

Result<int> print_pids(Invocation& invocation, const std::string& pot) {
    const std::string query = chosen_processes(invocation);
    const auto processes = invocation.api().list(pot_url(pot, "/processes" + query));
    if (!processes) return processes.failure();
    const auto now = invocation.api().get(pot_url(pot));
    if (!now) return now.failure();
    const auto main_pid = (*now)["run"]["pid"].integer();
    const bool every = invocation.has("all") || !query.empty();
    for (const auto& process : (*processes)["items"].items()) {
        const auto pid = process["pid"].integer();
        if (pid && (every || pid == main_pid)) invocation.print_line(std::to_string(*pid));
    }
    return exit_code::ok;
}

/// What of the request says whom it is for.
Status add_target(const Invocation& invocation, Value& body) {
    const auto pid = invocation.value("pid");
    const auto pattern = invocation.value("match");
    if ((pid ? 1 : 0) + (pattern ? 1 : 0) + (invocation.has("all") ? 1 : 0) > 1)
        return usage("-P, -m and -a exclude each other");
    if (pid) {
        const auto number = whole_number(*pid);
        if (!number) return usage("-P: '" + *pid + "' is no pid");
        body.set("pid", *number);
    } else if (pattern) {
        body.set("pattern", *pattern);
    } else {
        body.set("target", invocation.has("all") ? "all" : "main");
    }
    return Done{};
}

Result<int> deliver(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    if (invocation.has("check")) return print_pids(invocation, *pot);
    Value body;
    body.set("signal", invocation.value("signal").value_or("INFO"));
    if (const auto added = add_target(invocation, body); !added) return added.failure();
    const auto sent = invocation.api().post(pot_url(*pot, "/kill"), body);
    if (sent) return exit_code::ok;
    Failure failure = sent.failure();
    if (!invocation.has("signal") && failure.exit == exit_code::usage)
        failure.hint = "-s names another signal";
    return failure;
}

Result<int> run_signal(Invocation& invocation) {
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
                             "[-p] POT [-s SIGNAL] [-P PID|-m PATTERN|-a] [-Cf] | -l",
                             "send a signal to a pot's main process, or to others of it",
                             "",
                             signal_options,
                             run_signal};

}  // namespace potd::client
