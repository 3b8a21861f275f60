#include "client/command/schedule_options.hpp"
#include "client/command/snapshot_owner.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option set_snapshots_options[] = {
    pot_option,
    {0, "every", "DURATION", "take one so often, 1m or longer"},
    {0, "keep", "NUMBER", "of those so many stay, the newest; 24 if not given"},
    {0, "keep-for", "DURATION", "of those the older ones go as well; 0s for however old"},
    {0, "off", "", "take none any more; those there are stay"},
    volume_option,
};

Result<int> run_set_snapshots(Invocation& invocation) {
    const auto schedule = schedule_from_options(invocation.arguments());
    if (!schedule) return schedule.failure();
    const bool off = invocation.has("off");
    if (off != schedule->is_null()) return usage("either --off, or one of --every, --keep and --keep-for");
    const auto place = snapshot_owner_url(invocation, "");
    if (!place) return place.failure();
    Value patch = Value::object();
    patch.set("snapshots", *schedule);
    const auto changed = invocation.api().patch(*place, patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_snapshots_command{
    "set-snapshots",
    "",
    Section::Settings,
    Operands::Pot,
    "{[-p] POT | -f FSCOMP} {[--every DURATION] [--keep NUMBER] [--keep-for DURATION] | --off}",
    "have snapshots of a pot or a volume taken by themselves",
    "Takes effect at once; what is not named stays as it is. Snapshots that were taken by hand are never "
    "removed. Of a "
    "pot that runs one is taken when it has stopped, unless its file system can do it before (potctl system "
    "info).",
    set_snapshots_options,
    run_set_snapshots};

}  // namespace potd::client
