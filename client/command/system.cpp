#include "client/command/disk_use.hpp"
#include "client/command/host_sheet.hpp"
#include "client/command/prune.hpp"
#include "client/command/table.hpp"
#include "client/text/suggestion.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace potd::client {
namespace {

constexpr Option system_options[] = {
    {'q', "quiet", "", "with prune: do not print what was destroyed"},
    {'n', "dry-run", "", "with prune: only tell what would be destroyed"},
    {'g', "grace", "", "with prune: spare pots that ended less than a minute ago"},
    {0, "bases", "", "with prune: also remove the bases that no pot uses"},
    {0, "older-than", "AGE",
     "with prune runs and logs: spare what ended, or was written to, a shorter time ago"},
    {0, "keep", "NUMBER", "with prune runs and logs: so many of each pot, the newest, stay; 1 if not given"},
    {0, "stop-pots", "", "with shutdown: stop every pot first, dependents before what they depend on"},
    format_option,
};

Result<int> print_info(Invocation& invocation) {
    const auto info = invocation.api().get("/v1/info");
    if (!info) return info.failure();
    if (!invocation.print_document(*info)) invocation.print(host_sheet(*info));
    return exit_code::ok;
}

/// Exits 1 while potd does not know the state of every pot again after its start.
Result<int> print_health(Invocation& invocation) {
    const auto health = invocation.api().get("/v1/health");
    if (!health) return health.failure();
    const auto ready = invocation.api().get("/v1/ready");
    if (!ready) return ready.failure();
    if (!invocation.print_document(*ready)) invocation.print_line("ready");
    return exit_code::ok;
}

/// An answer that is printed as it comes.
Result<int> print_text(Invocation& invocation, std::string_view target, std::string_view type) {
    auto stream = invocation.api().stream(target, type);
    if (!stream) return stream.failure();
    for (;;) {
        std::string bytes;
        const auto more = stream->body.read(stream->connection, bytes);
        if (!more) return more.failure();
        if (!*more) return exit_code::ok;
        invocation.print(bytes);
    }
}

Result<int> print_contract(Invocation& invocation) {
    const bool json = invocation.value("format").value_or("yaml") == "json";
    return json ? print_text(invocation, "/openapi.json", "application/json")
                : print_text(invocation, "/openapi.yaml", "application/yaml");
}

Result<int> shut_down(Invocation& invocation) {
    Value request = Value::object();
    if (invocation.has("stop-pots")) request.set("stop_pots", true);
    const auto done = invocation.api().post("/v1/system/shutdown", request);
    if (!done) return done.failure();
    for (const auto& name : (*done)["stopped"].items()) invocation.print_line(name.text());
    return exit_code::ok;
}

constexpr std::array<std::string_view, 4> kinds = {"pots", "bases", "runs", "logs"};

/// The kinds, the age and the count of `system prune`.
Result<int> prune(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    Value request = Value::object();
    for (std::size_t i = 1; i < words.size(); ++i) {
        if (std::find(kinds.begin(), kinds.end(), words[i]) == kinds.end())
            return usage("there is no 'system prune " + words[i] + "'",
                         did_you_mean(words[i], {kinds.begin(), kinds.end()}));
        request.at("kinds").push(words[i]);
    }
    if (const auto age = invocation.value("older-than")) request.set("older_than", *age);
    if (const auto keep = invocation.value("keep")) {
        std::uint32_t number = 0;
        const auto [end, problem] = std::from_chars(keep->data(), keep->data() + keep->size(), number);
        if (problem != std::errc{} || end != keep->data() + keep->size())
            return usage("--keep: '" + *keep + "' is not a number from 0 to 4294967295");
        request.set("keep", std::uint64_t{number});
    }
    return run_prune(invocation, std::move(request));
}

Result<int> run_system(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    if (words.empty())
        return usage("info, health, df, metrics, openapi, prune or shutdown?", "potctl help system");
    if (words[0] == "prune") return prune(invocation);
    if (words.size() > 1) return usage("unexpected argument '" + words[1] + "'");
    if (words[0] == "info") return print_info(invocation);
    if (words[0] == "shutdown") return shut_down(invocation);
    if (words[0] == "df") return print_disk_use(invocation);
    // As Prometheus reads it.
    if (words[0] == "metrics") return print_text(invocation, "/metrics", "text/plain");
    if (words[0] == "health") return print_health(invocation);
    if (words[0] == "openapi") return print_contract(invocation);
    return usage("there is no 'system " + words[0] + "'",
                 did_you_mean(words[0], {"info", "health", "df", "metrics", "openapi", "prune", "shutdown"}));
}

}  // namespace

const Command system_command{
    "system",
    "",
    Section::System,
    Operands::Words,
    "info | health | df | metrics | openapi | prune [pots] [bases] [runs] [logs] | shutdown",
    "print what potd and its machine are and can do, what the disk is used for, the metrics or the API's "
    "contract, tidy up, or end potd",
    "health fails until potd knows the state of every pot after its start. openapi prints the OpenAPI "
    "document of "
    "the potd that answers, with --format json as JSON. metrics are those that Prometheus reads. "
    "prune without a kind is about pots, as the command prune. runs removes runs that "
    "are over with what is kept of their hooks; logs removes rotated log files and, with "
    "--keep 0, the last one of pots that are down. A pot's newest run and the file a "
    "running pot writes to always stay.",
    system_options,
    run_system};

}  // namespace potd::client
