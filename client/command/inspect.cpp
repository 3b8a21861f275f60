#include "client/command/snapshot_owner.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"

namespace potd::client {
namespace {

constexpr Option inspect_options[] = {
    pot_option,
    {'b', "base", "BASE", "a base instead", Completes::Bases},
    {'f', "fscomp", "FSCOMP", "a volume instead", Completes::Fscomps},
    {'B', "bridge", "BRIDGE", "a bridge instead", Completes::Bridges},
    {'F', "flavour", "FLAVOUR", "a flavour instead"},
    {'s', "snapshot", "SNAPSHOT", "this snapshot, by name or number, of the pot or volume"},
    {0, "format", "FORMAT", "JSON if not given", Completes::Nothing, "json|yaml"},
};

Result<Value> gather_documents(Invocation& invocation) {
    if (const auto base = invocation.value("base"))
        return invocation.api().get("/v1/bases/" + url_escape(*base));
    if (const auto flavour = invocation.value("flavour"))
        return invocation.api().get("/v1/flavours/" + url_escape(*flavour));
    if (const auto snapshot = invocation.value("snapshot")) {
        const auto place = snapshot_owner_url(invocation, "/snapshots/" + url_escape(*snapshot));
        return place ? invocation.api().get(*place) : Result<Value>(place.failure());
    }
    if (const auto fscomp = invocation.value("fscomp")) return invocation.api().get(fscomp_url(*fscomp));
    if (const auto bridge = invocation.value("bridge")) return invocation.api().get(network_url(*bridge));
    const auto names = invocation.pots();
    if (!names) return names.failure();
    Value all = Value::array();
    for (const auto& name : *names) {
        auto pot = invocation.api().get(pot_url(name));
        if (!pot || names->size() == 1) return pot;
        all.push(std::move(*pot));
    }
    return all;
}

Result<int> run_inspect(Invocation& invocation) {
    const auto document = gather_documents(invocation);
    if (!document) return document.failure();
    if (!invocation.print_document(*document)) invocation.print(pretty_json(*document));
    return exit_code::ok;
}

}  // namespace

const Command inspect_command{
    "inspect",
    "",
    Section::Inspection,
    Operands::Pots,
    "[-p] POT... | -b BASE | -f FSCOMP | -B BRIDGE | -F FLAVOUR | {[-p] POT | -f FSCOMP} -s SNAPSHOT",
    "print all potd knows of a pot, a base, a volume, a bridge, a flavour or a snapshot",
    "Several pots become one JSON array.",
    inspect_options,
    run_inspect};

}  // namespace potd::client
