#include "client/command/pot_view.hpp"
#include "client/command/snapshot_owner.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option snapshots_options[] = {
    pot_option, quiet_names, format_option, label_option, volume_option,
};

std::string labels_of(const Value& labels) {
    std::string text;
    for (const auto& [key, value] : labels.members())
        text += (text.empty() ? "" : ",") + key + "=" + value.text();
    return text.empty() ? "-" : text;
}

Table table_of_snapshots(const Value::Array& snapshots) {
    Table table({{"NUMBER", true, false, 0},
                 {"NAME", false, true, 0},
                 {"TAKEN", false, false, 1},
                 {"SIZE", true, false, 2},
                 {"LABELS", false, true, 3}});
    for (const auto& one : snapshots)
        table.add({whole(one["number"]), one["name"].text(), one["created_at"].text(), size(one["size"]),
                   labels_of(one["labels"])});
    return table;
}

Result<int> run_snapshots(Invocation& invocation) {
    const auto label = invocation.value("label");
    const auto place =
        snapshot_owner_url(invocation, "/snapshots" + (label ? "?label=" + url_escape(*label) : ""));
    if (!place) return place.failure();
    const auto list = invocation.api().get(*place);
    if (!list) return list.failure();
    return invocation.print_list(*list, table_of_snapshots);
}

constexpr Option remove_options[] = {
    pot_option,
    {'s', "snapshot", "SNAPSHOT", "which one, by name or number"},
    volume_option,
};

Result<int> remove_snapshot(Invocation& invocation) {
    const auto snapshot = invocation.required("snapshot");
    if (!snapshot) return snapshot.failure();
    const auto place = snapshot_owner_url(invocation, "/snapshots/" + url_escape(*snapshot));
    if (!place) return place.failure();
    const auto gone = invocation.api().remove(*place);
    if (!gone) return gone.failure();
    return exit_code::ok;
}

}  // namespace

const Command snapshots_command{
    "snapshots",
    "",
    Section::Inspection,
    Operands::Pot,
    "{[-p] POT | -f FSCOMP} [--label KEY[=VALUE]] [-q]",
    "list the snapshots of a pot or a volume, the oldest first",
    "The size is that on disk: with the driver overlay of what was changed since the "
    "snapshot before, else of all that it shows, shared or not.",
    snapshots_options,
    run_snapshots};

const Command remove_snapshot_command{"remove-snapshot",
                                      "",
                                      Section::Objects,
                                      Operands::Pot,
                                      "{[-p] POT | -f FSCOMP} -s SNAPSHOT",
                                      "remove one snapshot of a pot or a volume",
                                      "Clones that were made of it stay as they are.",
                                      remove_options,
                                      remove_snapshot};

}  // namespace potd::client
