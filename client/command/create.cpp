#include "client/command/flavours.hpp"
#include "client/command/spec_options.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr std::array create_own_options = {
    pot_option,
    Option{'t', "type", "TYPE", "pot's type of file system", Completes::Nothing, "single|multi"},
    Option{'c', "cmd", "LINE", "the command as one line, split by the quoting rules of sh"},
    Option{0, "terminal", "", "the command gets a terminal"},
    Option{0, "interactive", "", "the command's standard input stays open for attach"},
    Option{'f', "flavour", "FLAVOUR",
           "apply a flavour, may be repeated; a name ending in .yaml, .yml or .json is read as --file",
           Completes::Files},
    Option{'d', "dns", "MODE",
           "where it finds names: inherit, pot, off, or custom:FILE with a file as of resolv.conf(5)"},
    Option{'i', "address", "ADDRESS", "as --ip"},
    keep_option,
    Option{'q', "quiet", "", "print neither the pot's name nor what flavours print"},
};
constexpr auto create_options = joined(create_own_options, spec_options);

bool is_spec_file(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

/// pot's short options that mean a long one here.
Result<Arguments> understood(const Arguments& typed) {
    Arguments arguments = typed;
    for (auto& [name, value] : arguments.options) {
        if (name == "address") name = "ip";
        if (name == "flavour" && is_spec_file(value)) name = "file";
    }
    return arguments;
}

Result<int> run_create(Invocation& invocation) {
    const auto arguments = understood(invocation.arguments());
    if (!arguments) return arguments.failure();
    auto spec = spec_from_options(*arguments);
    if (!spec) return spec.failure();
    const auto name = invocation.optional_pot();
    if (!name) return name.failure();
    if (!name->empty()) spec->set("name", *name);
    if ((*spec)["name"].is_null()) return usage("which pot?", "-p NAME");
    for (const std::string_view flag : {"terminal", "interactive"}) {
        if (invocation.has(flag)) spec->set(flag == "terminal" ? "terminal" : "open_stdin", true);
    }
    set_flavours(*arguments, *spec);
    const auto created = post_new_pot(invocation, "/v1/pots", *spec);
    if (!created) return created.failure();
    if (!invocation.has("quiet")) invocation.print_line((*created)["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command create_command{
    "create",
    "",
    Section::Objects,
    Operands::PotThenCommand,
    "-p POT -b BASE [OPTION...] [-- COMMAND...]",
    "create a pot; nothing runs yet",
    "The command is a list of words that is never read by a shell. A pot without one stays up by itself. "
    "What the options say wins over the file. Flavours are applied one after the other before the pot is "
    "finished: "
    "the command file NAME, then the script NAME.sh, which runs in the pot. What they print goes to standard "
    "error. If one fails nothing is left, unless -k is given; potctl operations cancel ends it the same way.",
    create_options,
    run_create};

}  // namespace potd::client
