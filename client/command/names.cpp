#include "client/command/attributes.hpp"
#include "client/command/contexts.hpp"
#include "client/command/table.hpp"

#include <string_view>

namespace potd::client {
namespace {

/// What is none is left out, whatever a potd elsewhere says: a shell would read more than a name in it.
void print_name(Invocation& invocation, std::string_view name) {
    constexpr std::string_view of_names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const bool is_name =
        !name.empty() && name.front() != '-' && name.find_first_not_of(of_names) == std::string_view::npos;
    if (is_name) invocation.print_line(name);
}

/// What the completion scripts call; silent whatever happens, since a person is typing.
Result<int> run_names(Invocation& invocation) {
    const auto& words = invocation.arguments().positionals;
    const std::string kind = words.empty() ? "pots" : words.front();
    if (kind == "attributes") {
        for_each_part(attribute_names(), ' ', [&](std::string_view name) { invocation.print_line(name); });
        return exit_code::ok;
    }
    if (kind == "contexts") {
        const auto path = contexts_path();
        const auto contexts = path ? read_contexts(*path) : Result<Contexts>(path.failure());
        if (!contexts) return exit_code::ok;
        for (const auto& each : contexts->all) print_name(invocation, each.name);
        return exit_code::ok;
    }
    const std::string known = kind == "bases" || kind == "fscomps" || kind == "networks" ? kind : "pots";
    const auto list = invocation.api().list("/v1/" + known);
    if (!list) return exit_code::ok;
    for (const auto& item : (*list)["items"].items()) print_name(invocation, item["name"].text());
    return exit_code::ok;
}

}  // namespace

const Command names_command{"__names", "", Section::System, Operands::Words, "", "names for completion",
                            "",        {}, run_names};

}  // namespace potd::client
