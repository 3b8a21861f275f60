#include "client/command/attributes.hpp"
#include "client/command/table.hpp"

namespace potd::client {
namespace {

constexpr Option set_attribute_options[] = {
    pot_option,
    {'A', "attribute", "NAME", "which one", Completes::Attributes},
    {'V', "value", "VALUE", "yes, no, true, false, on, off, or what the attribute takes"},
};

Result<int> run_set_attribute(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto name = invocation.required("attribute");
    if (!name) return name.failure();
    const auto value = invocation.required("value");
    if (!value) return value.failure();
    const auto patch = attribute_patch(*name, *value);
    if (!patch) return patch.failure();
    const auto changed = invocation.api().patch(pot_url(*pot), *patch);
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_attribute_command{"set-attribute",
                                    "set-attr",
                                    Section::Settings,
                                    Operands::Pot,
                                    "[-p] POT -A NAME -V VALUE",
                                    "set one of a pot's attributes",
                                    "start-at-boot, early-start-at-boot, persistent, prunable, "
                                    "no-rc-script and no-etc-hosts take yes or no; stop_timeout takes "
                                    "seconds or a duration, exec_stop a line for the pot's /bin/sh "
                                    "that is run instead of the stop signal, empty for none.",
                                    set_attribute_options,
                                    run_set_attribute};

}  // namespace potd::client
