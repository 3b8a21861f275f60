#include "client/command/async.hpp"
#include "client/command/snapshot_owner.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option purge_snapshots_options[] = {
    pot_option,
    {'a', "all", "", "also the newest one, as --keep 0"},
    {0, "keep", "NUMBER", "so many stay, the newest; 1 if not given"},
    {0, "older-than", "AGE", "spare what was taken a shorter time ago"},
    label_option,
    async_option,
    volume_option,
};

Result<int> run_purge_snapshots(Invocation& invocation) {
    const auto keep = invocation.value("keep");
    if (keep && invocation.has("all")) return usage("--all and --keep say different things");
    std::string query = "?keep=" + url_escape(invocation.has("all") ? "0" : keep.value_or("1"));
    if (const auto age = invocation.value("older-than")) query += "&older_than=" + url_escape(*age);
    if (const auto label = invocation.value("label")) query += "&label=" + url_escape(*label);
    const auto place = snapshot_owner_url(invocation, "/snapshots" + query);
    if (!place) return place.failure();
    prefer_async(invocation);
    const auto done = invocation.api().remove(*place);
    if (!done) return done.failure();
    print_operation(invocation, *done);
    return exit_code::ok;
}

}  // namespace

const Command purge_snapshots_command{
    "purge-snapshots",
    "",
    Section::Objects,
    Operands::Pot,
    "{[-p] POT | -f FSCOMP} [-a | --keep NUMBER] [--older-than AGE] [--label KEY[=VALUE]] [--async]",
    "remove all snapshots of a pot or a volume but the newest",
    "With --label only those that have it are counted and removed.",
    purge_snapshots_options,
    run_purge_snapshots};

}  // namespace potd::client
