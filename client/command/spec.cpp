#include "client/command/spec_documents.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/output/yaml_text.hpp"

namespace potd::client {
namespace {

constexpr Option spec_command_options[] = {
    pot_option,
    {0, "format", "FORMAT", "YAML if not given", Completes::Nothing, "json|yaml"},
};

Result<int> run_spec(Invocation& invocation) {
    const auto names = invocation.pots();
    if (!names) return names.failure();
    Value all = Value::array();
    for (const auto& name : *names) {
        const auto pot = invocation.api().get(pot_url(name));
        if (!pot) return pot.failure();
        all.push(spec_to_write(*pot, false));
    }
    if (invocation.value("format").value_or("yaml") == "json") {
        invocation.print(pretty_json(names->size() == 1 ? all.items().front() : all));
        return exit_code::ok;
    }
    for (const auto& spec : all.items())
        invocation.print((names->size() == 1 ? "" : "---\n") + yaml_text(spec));
    return exit_code::ok;
}

}  // namespace

const Command spec_command{
    "spec",
    "",
    Section::Inspection,
    Operands::Pots,
    "[-p] POT...",
    "print the specs of pots, as apply and create --file take them",
    "What is as in a new pot is printed too, unless it is nothing. pot's export and import are "
    "about images of file systems and not this.",
    spec_command_options,
    run_spec};

}  // namespace potd::client
