#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option rename_options[] = {
    pot_option,
    {'n', "name", "NAME", "the new name"},
};

/// "rename -p OLD -n NEW" or "rename OLD NEW".
Result<int> run_rename(Invocation& invocation) {
    auto words = invocation.arguments().positionals;
    if (auto pot = invocation.value("pot")) words.insert(words.begin(), *pot);
    if (auto name = invocation.value("name")) words.push_back(*name);
    if (words.size() != 2) return usage("an old and a new name are needed", "potctl rename OLD NEW");
    Value body;
    body.set("name", words[1]);
    const auto renamed = invocation.api().post(pot_url(words[0], "/rename"), body);
    if (!renamed) return renamed.failure();
    return exit_code::ok;
}

}  // namespace

const Command rename_command{"rename",
                             "",
                             Section::Objects,
                             Operands::Words,
                             "[-p] POT [-n] NEW-NAME",
                             "give a pot another name",
                             "The pot must be stopped.",
                             rename_options,
                             run_rename};

}  // namespace potd::client
