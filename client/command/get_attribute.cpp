#include "client/command/attributes.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option get_attribute_options[] = {
    pot_option,
    {'A', "attribute", "NAME", "which one", Completes::Attributes},
    {'q', "quiet", "", "print the value only"},
};

Result<int> run_get_attribute(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto name = invocation.required("attribute");
    if (!name) return name.failure();
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const auto value = attribute_text(*now, *name);
    if (!value) return value.failure();
    invocation.print_line(invocation.has("quiet") ? *value : *name + ": " + *value);
    return exit_code::ok;
}

}  // namespace

const Command get_attribute_command{"get-attribute",
                                    "get-attr",
                                    Section::Settings,
                                    Operands::Pot,
                                    "[-p] POT -A NAME [-q]",
                                    "print one of a pot's attributes",
                                    "",
                                    get_attribute_options,
                                    run_get_attribute};

}  // namespace potd::client
