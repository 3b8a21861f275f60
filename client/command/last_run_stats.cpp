#include "client/command/ending.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option last_run_stats_options[] = {pot_option};

Result<int> run_last_run_stats(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    // The newest may still live; then the one before it is the last that has ended.
    const auto runs = invocation.api().get(pot_url(*pot, "/runs?order=desc&limit=2"));
    if (!runs) return runs.failure();
    for (const auto& each : (*runs)["items"].items()) {
        if (each["ended_at"].is_null()) continue;
        const auto status = run_status(each);
        invocation.print_line("{ \"ExitCode\": " + std::to_string(status ? *status : 1) + " }");
        return exit_code::ok;
    }
    invocation.print_line("{}");
    return exit_code::ok;
}

}  // namespace

const Command last_run_stats_command{
    "last-run-stats",
    "",
    Section::Inspection,
    Operands::Pot,
    "[-p] POT",
    "print the status of a pot's last run as JSON",
    "{ \"ExitCode\": n }, 128+signal if a signal ended it; {} if it has never ended.",
    last_run_stats_options,
    run_last_run_stats};

}  // namespace potd::client
