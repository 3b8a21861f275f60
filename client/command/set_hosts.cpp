#include "client/command/name_options.hpp"
#include "client/command/table.hpp"

#include <algorithm>

namespace potd::client {
namespace {

constexpr Option set_hosts_options[] = {
    pot_option,
    {'H', "host", "NAME:ADDRESS", "an entry of the new list; may be repeated"},
    {0, "add", "NAME:ADDRESS", "add this one and keep the others; may be repeated"},
    {0, "remove", "NAME", "take the entries of this name away; may be repeated"},
    {0, "clear", "", "take all of them away"},
};

Result<Value> make_hosts_patch(const Invocation& invocation, const Value& before) {
    Value hosts = Value::array();
    const auto& arguments = invocation.arguments();
    const auto removed = arguments.values("remove");
    if (arguments.values("host").empty() && !invocation.has("clear")) {
        for (const auto& entry : before.items()) {
            if (std::find(removed.begin(), removed.end(), entry["name"].text()) == removed.end())
                hosts.push(entry);
        }
    }
    for (const std::string_view option : {"host", "add"}) {
        for (const auto& text : arguments.values(option)) {
            auto entry = host_entry(text);
            if (!entry) return entry;
            hosts.push(std::move(*entry));
        }
    }
    Value patch;
    patch.set("hosts", std::move(hosts));
    return patch;
}

Result<int> run_set_hosts(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    bool any = false;
    for (const std::string_view option : {"host", "add", "remove", "clear"})
        any = any || invocation.has(option);
    if (!any) return usage("one of -H, --add, --remove and --clear is needed");
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const auto patch = make_hosts_patch(invocation, (*now)["spec"]["hosts"]);
    if (!patch) return patch.failure();
    const auto changed =
        invocation.api().patch(pot_url(*pot), *patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command set_hosts_command{
    "set-hosts",
    "",
    Section::Settings,
    Operands::Pot,
    "[-p] POT -H NAME:ADDRESS... | [--add NAME:ADDRESS]... [--remove NAME]... | --clear",
    "set the entries of a pot's /etc/hosts",
    "As with pot, -H replaces the whole list; --add and --remove change it. A running pot sees the change at "
    "once, unless it has the host's network and was started without entries: then at its next start.",
    set_hosts_options,
    run_set_hosts};

}  // namespace potd::client
