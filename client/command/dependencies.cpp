#include "client/command/table.hpp"

#include <algorithm>

namespace potd::client {
namespace {

constexpr Option dependencies_options[] = {
    pot_option,
    {'P', "depends-on", "POT", "the other pot", Completes::Pots},
};

using Edit = Status (*)(std::vector<std::string>& names, const std::string& other);

/// The list is replaced as a whole; the version sees to it that nobody else's change is lost.
Result<int> change_dependencies(Invocation& invocation, Edit edit) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto other = invocation.arguments().value("depends-on");
    if (!other) return usage("which other pot?", "-P POT");
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    std::vector<std::string> names;
    for (const auto& name : (*now)["spec"]["depends_on"].items()) names.push_back(name.text());
    if (auto edited = edit(names, *other); !edited) return edited.failure();
    Value patch = Value::object();
    patch.set("depends_on", names);
    const auto changed =
        invocation.api().patch(pot_url(*pot), patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    return exit_code::ok;
}

Status add(std::vector<std::string>& names, const std::string& other) {
    // As with pot it may be said twice.
    if (std::find(names.begin(), names.end(), other) == names.end()) names.push_back(other);
    return Done{};
}

Status remove_name(std::vector<std::string>& names, const std::string& other) {
    const auto found = std::find(names.begin(), names.end(), other);
    if (found == names.end()) return failed("-P/--depends-on: it does not depend on '" + other + "'");
    names.erase(found);
    return Done{};
}

Result<int> run_add(Invocation& invocation) {
    return change_dependencies(invocation, add);
}

Result<int> run_remove(Invocation& invocation) {
    return change_dependencies(invocation, remove_name);
}

}  // namespace

const Command add_dep_command{"add-dep",
                              "",
                              Section::Settings,
                              Operands::Pot,
                              "[-p] POT -P OTHER",
                              "let a pot depend on another",
                              "The other one is started before it and stopped after it.",
                              dependencies_options,
                              run_add};

const Command remove_dep_command{"remove-dep",
                                 "",
                                 Section::Settings,
                                 Operands::Pot,
                                 "[-p] POT -P OTHER",
                                 "let a pot no longer depend on another",
                                 "",
                                 dependencies_options,
                                 run_remove};

}  // namespace potd::client
