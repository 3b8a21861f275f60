#include "client/command/host_sheet.hpp"
#include "client/command/prune.hpp"
#include "client/command/table.hpp"
#include "client/text/suggestion.hpp"

namespace potd::client {
namespace {

constexpr Option options[] = {
    {'q', "quiet", "", "with prune: do not print what was destroyed"},
    {'n', "dry-run", "", "with prune: only tell what would be destroyed"},
    {'g', "grace", "", "with prune: spare pots that ended less than a minute ago"},
    {0, "bases", "", "with prune: also remove the bases that no pot uses"},
    {0, "stop-pots", "", "with shutdown: stop every pot first, dependents before what they depend on"},
    format_option,
};

Result<int> print_info(Invocation& invocation) {
    const auto info = invocation.api().get("/v1/info");
    if (!info) return info.failure();
    if (!invocation.print_document(*info)) invocation.print(host_sheet(*info));
    return exit_code::ok;
}

Result<int> shut_down(Invocation& invocation) {
    Value request = Value::object();
    if (invocation.has("stop-pots")) request.set("stop_pots", true);
    const auto done = invocation.api().post("/v1/system/shutdown", request);
    if (!done) return done.failure();
    for (const auto& name : (*done)["stopped"].items()) invocation.print_line(name.text());
    return exit_code::ok;
}

Result<int> run(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.empty()) return usage("info, prune or shutdown?", "potctl help system");
    if (words.size() > 1) return usage("unexpected argument '" + words[1] + "'");
    if (words[0] == "info") return print_info(invocation);
    if (words[0] == "prune") return run_prune(invocation);
    if (words[0] == "shutdown") return shut_down(invocation);
    if (words[0] == "df") return failed(words[0] + " is not in this version");
    return usage("there is no 'system " + words[0] + "'",
                 did_you_mean(words[0], {"info", "prune", "shutdown"}));
}

}  // namespace

const Command system_command{"system",
                             "",
                             Section::System,
                             Operands::Words,
                             "info | prune | shutdown",
                             "print what potd and its machine are and can do, tidy up, or end potd",
                             "",
                             options,
                             run};

}  // namespace potd::client
