#include "client/command/async.hpp"
#include "client/command/flavours.hpp"
#include "client/command/network_options.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr std::array clone_own_options = {
    Option{'p', "pot", "POT", "the new pot; its name may also stand alone"},
    Option{'s', "snapshot", "SNAPSHOT", "which of the source's, by name or number; the newest if not given"},
    Option{'F', "take-snapshot", "", "take one if the source has none"},
    Option{'c', "cmd", "LINE", "another command, as one line, split by the quoting rules of sh"},
    Option{'q', "quiet", "", "print neither the new pot's name nor what flavours print"},
    async_option,
    Option{'f', "flavour", "FLAVOUR", "apply a flavour, as create does; may be repeated", Completes::Files},
    Option{'d', "dns", "MODE",
           "where it finds names: inherit, pot, off, or custom:FILE with a file as of resolv.conf(5)"},
    Option{'i', "address", "ADDRESS", "as --ip"},
    keep_option,
};
constexpr auto clone_options = joined(clone_own_options, spec_options);

/// What the options say of the new pot beside its source.
Result<Value> changes_of(const Arguments& typed) {
    Arguments arguments = typed;
    arguments.positionals.clear();
    std::erase_if(arguments.options, [](const auto& option) { return option.first == "parent"; });
    for (auto& [name, value] : arguments.options) {
        if (name == "address") name = "ip";
    }
    auto changes = spec_from_options(arguments);
    if (!changes) return changes;
    leave_network_of_source(*changes);
    return changes;
}

struct Names {
    std::string source, pot;
};

/// "clone -P SOURCE -p POT" or "clone SOURCE POT".
Result<Names> source_and_clone(const Invocation& invocation) {
    auto words = invocation.arguments().positionals;
    if (auto source = invocation.value("parent")) words.insert(words.begin(), *source);
    if (auto pot = invocation.value("pot")) words.push_back(*pot);
    if (words.size() != 2)
        return usage("a source and a new name are needed", "potctl clone -P SOURCE -p POT");
    return Names{words[0], words[1]};
}

Result<int> run_clone(Invocation& invocation) {
    const auto names = source_and_clone(invocation);
    if (!names) return names.failure();
    const auto changes = changes_of(invocation.arguments());
    if (!changes) return changes.failure();
    Value body;
    body.set("name", names->pot);
    if (const auto snapshot = invocation.value("snapshot")) body.set("snapshot", *snapshot);
    if (invocation.has("take-snapshot")) body.set("take_snapshot", true);
    if (!changes->members().empty()) body.set("changes", *changes);
    set_flavours(invocation.arguments(), body);
    prefer_async(invocation);
    const auto cloned = post_new_pot(invocation, pot_url(names->source, "/clone"), body);
    if (!cloned) return cloned.failure();
    print_operation(invocation, *cloned);
    const bool told = invocation.has("quiet") || invocation.has("async");
    if (!told) invocation.print_line((*cloned)["name"].text());
    return exit_code::ok;
}

constexpr Option promote_options[] = {pot_option};

Result<int> promote(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto done = invocation.api().post(pot_url(*pot, "/promote"), Value::object());
    if (!done) return done.failure();
    return exit_code::ok;
}

}  // namespace

const Command clone_command{
    "clone",
    "",
    Section::Objects,
    Operands::Words,
    "-P SOURCE [-p] POT [-s SNAPSHOT] [-F] [OPTION...]",
    "make a pot with the files of a snapshot of another one",
    "It has the settings of its source, but for what the options say; fixed addresses stay "
    "with the source, so the clone of an alias pot needs -i. Files are "
    "shared where the file system can, "
    "else copied (potctl system info says which). A pot with clones is destroyed by "
    "force only, unless they are "
    "promoted.",
    clone_options,
    run_clone};

const Command promote_command{"promote",
                              "",
                              Section::Objects,
                              Operands::Pot,
                              "[-p] POT",
                              "let a clone not count as one any more",
                              "Its source can then be destroyed without force.",
                              promote_options,
                              promote};

}  // namespace potd::client
