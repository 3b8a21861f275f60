#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option de_init_options[] = {
    {'f', "force", "", "stop and destroy every pot first"},
    {'m', "minimal", "", "accepted: potd changes no file of the machine anyway"},
    {'p',
     "pf-file",
     "FILE",
     "pot's file for pf",
     Completes::Nothing,
     {},
     "potd never edits the machine's firewall files"},
};

std::vector<std::string> names_of(const Value& list) {
    std::vector<std::string> names;
    for (const auto& item : list["items"].items()) names.push_back(item["name"].text());
    return names;
}

Failure pots_are_left(const std::vector<std::string>& pots) {
    constexpr std::size_t most_shown = 5;
    std::string text;
    for (std::size_t i = 0; i < pots.size() && i < most_shown; ++i) text += (i > 0 ? ", " : "") + pots[i];
    if (pots.size() > most_shown) text += ", …";
    Failure failure = failed("there are still pots: " + text, "-f destroys them");
    failure.exit = exit_code::conflict;
    return failure;
}

/// Base pots go with their bases.
std::vector<std::string> own_pots(const Value& pots, const Value& bases) {
    std::vector<std::string> names = names_of(pots);
    for (const auto& base : bases["items"].items()) std::erase(names, base["base_pot"].text());
    return names;
}

Result<int> run_de_init(Invocation& invocation) {
    const auto bases = invocation.api().list("/v1/bases");
    if (!bases) return bases.failure();
    const auto pots = invocation.api().list("/v1/pots");
    if (!pots) return pots.failure();
    const auto names = own_pots(*pots, *bases);
    const bool force = invocation.has("force");
    if (!names.empty() && !force) return pots_are_left(names);
    for (const auto& name : names) {
        const auto gone = invocation.api().remove(pot_url(name, "?force=true"));
        if (!gone && gone.failure().exit != exit_code::not_found) return gone.failure();
    }
    for (const auto& name : names_of(*bases)) {
        const auto gone =
            invocation.api().remove("/v1/bases/" + url_escape(name) + (force ? "?force=true" : ""));
        if (!gone && gone.failure().exit != exit_code::not_found) return gone.failure();
    }
    return exit_code::ok;
}

}  // namespace

const Command de_init_command{"de-init",
                              "",
                              Section::System,
                              Operands::None,
                              "[-f]",
                              "destroy all bases, and with -f all pots",
                              "Refuses while there are pots but base pots, unless -f.",
                              de_init_options,
                              run_de_init};

}  // namespace potd::client
