#include "client/command/async.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option destroy_options[] = {
    pot_option,
    {'b', "base", "BASE", "destroy this base instead", Completes::Bases},
    {'F', "force", "", "stop a running pot first"},
    {'r', "recursive", "", "with -b: also destroy the pots made from it, those of level 2 first"},
    {'q', "quiet", "", "say nothing unless it fails"},
    async_option,
    {'f', "fscomp", "FSCOMP", "destroy this volume instead", Completes::Fscomps},
    {'B', "bridge", "BRIDGE", "destroy this bridge instead", Completes::Bridges},
};

Status destroy_pot(Invocation& invocation, const std::string& pot) {
    const auto gone = invocation.api().remove(pot_url(pot, invocation.has("force") ? "?force=true" : ""));
    if (gone) {
        print_operation(invocation, *gone);
        return Done{};
    }
    Failure failure = gone.failure();
    if (failure.exit == exit_code::conflict && !invocation.has("force")) failure.hint = "-F stops it first";
    return failure;
}

/// Those above go before those they were made of.
Status destroy_pots_of(Invocation& invocation, const std::string& base) {
    const auto known = invocation.api().get("/v1/bases/" + url_escape(base));
    if (!known) return known.failure();
    const auto pots = invocation.api().list("/v1/pots");
    if (!pots) return pots.failure();
    for (const std::int64_t level : {2, 1, 0}) {
        for (const auto& pot : (*pots)["items"].items()) {
            const Value& spec = pot["spec"];
            const std::string name = pot["name"].text();
            if (spec["base"].text() != base || spec["level"].integer() != level) continue;
            if (name == (*known)["base_pot"].text()) continue;
            if (auto done = destroy_pot(invocation, name); !done) return done;
        }
    }
    return Done{};
}

Result<int> destroy_base(Invocation& invocation, const std::string& base) {
    if (!invocation.arguments().positionals.empty() || invocation.has("pot")) {
        return usage("a base and a pot are named; destroy takes one of them");
    }
    if (invocation.has("recursive") && invocation.has("async"))
        return usage("--recursive waits for the pots to go; --async does not");
    if (invocation.has("recursive")) {
        if (auto done = destroy_pots_of(invocation, base); !done) return done.failure();
    }
    const std::string force = invocation.has("force") ? "?force=true" : "";
    const auto gone = invocation.api().remove("/v1/bases/" + url_escape(base) + force);
    if (gone) {
        print_operation(invocation, *gone);
        return exit_code::ok;
    }
    Failure failure = gone.failure();
    if (failure.exit == exit_code::conflict && !invocation.has("recursive"))
        failure.hint = "-r destroys its pots too, -F stops what runs";
    else if (failure.exit == exit_code::conflict && force.empty())
        failure.hint = "-F stops what runs";
    return failure;
}

Result<int> destroy_fscomp(Invocation& invocation, const std::string& name) {
    const bool others =
        !invocation.arguments().positionals.empty() || invocation.has("pot") || invocation.has("base");
    if (others) return usage("a volume and something else are named; destroy takes one of them");
    const auto gone = invocation.api().remove(fscomp_url(name));
    if (!gone) return gone.failure();
    print_operation(invocation, *gone);
    return exit_code::ok;
}

Result<int> destroy_bridge(Invocation& invocation, const std::string& name) {
    const bool others = !invocation.arguments().positionals.empty() || invocation.has("pot") ||
                        invocation.has("base") || invocation.has("fscomp");
    if (others) return usage("a bridge and something else are named; destroy takes one of them");
    const auto gone = invocation.api().remove(network_url(name));
    if (!gone) return gone.failure();
    print_operation(invocation, *gone);
    return exit_code::ok;
}

Result<int> run_destroy(Invocation& invocation) {
    prefer_async(invocation);
    if (const auto bridge = invocation.value("bridge")) return destroy_bridge(invocation, *bridge);
    if (const auto fscomp = invocation.value("fscomp")) return destroy_fscomp(invocation, *fscomp);
    if (const auto base = invocation.value("base")) return destroy_base(invocation, *base);
    return for_each_pot(invocation, [&](const std::string& pot) { return destroy_pot(invocation, pot); });
}

}  // namespace

const Command destroy_command{
    "destroy",
    "",
    Section::Objects,
    Operands::Pots,
    "[-p] POT... [-F] [--async] | -b BASE [-r] [-F] [--async] | -f FSCOMP [--async] | -B BRIDGE "
    "[--async]",
    "destroy pots, a base, a volume or a bridge",
    "A pot goes with its files, logs and history; the volumes it mounts stay. A base that pots use stays, "
    "unless -r, and so do a volume and a bridge. A base pot goes with its base and not alone.",
    destroy_options,
    run_destroy};

}  // namespace potd::client
