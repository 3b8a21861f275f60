#include "client/command/ending.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option wait_options[] = {
    pot_option,
    {'t', "timeout", "DURATION", "give up after this long"},
    {'e', "exit-status", "", "exit with the last pot's status instead of printing it"},
    format_option,
};

Result<int> run_wait(Invocation& invocation) {
    std::string target = "/wait?for=stopped";
    if (const auto timeout = invocation.value("timeout")) target += "&timeout=" + url_escape(*timeout);
    int last = exit_code::ok;
    const auto waited = for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto run = invocation.api().get(pot_url(pot, target));
        if (!run) return run.failure();
        if (invocation.print_document(*run)) return Done{};
        const auto status = run_status(*run);
        if (!status) return status.failure();
        last = *status;
        if (!invocation.has("exit-status")) invocation.print_line(std::to_string(*status));
        return Done{};
    });
    if (!waited) return waited;
    return invocation.has("exit-status") ? last : exit_code::ok;
}

}  // namespace

const Command wait_command{"wait",
                           "",
                           Section::Running,
                           Operands::Pots,
                           "[-p] POT... [-t DURATION] [-e]",
                           "wait until pots have ended and print their status",
                           "A pot that has ended before answers at once.",
                           wait_options,
                           run_wait};

}  // namespace potd::client
