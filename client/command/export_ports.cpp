#include "client/command/table.hpp"
#include "client/text/decimal.hpp"

namespace potd::client {
namespace {

constexpr Option export_ports_options[] = {
    pot_option,
    {'e', "port", "PORT",
     "a port of the new list, [PROTOCOL:]POT_PORT[:HOST_PORT[@ADDRESS]]; may be repeated"},
    {0, "add", "PORT", "publish this one and keep the others; may be repeated"},
    {0, "remove", "PORT", "take this one away, [PROTOCOL:]POT_PORT; may be repeated"},
    {0, "clear", "", "take all of them away"},
};

/// Which ports of a pot --remove means.
struct MeantPort {
    std::string protocol;
    std::int64_t port = 0;
};

Result<MeantPort> meant_port(const std::string& text) {
    const std::size_t colon = text.find(':');
    const bool plain = colon == std::string::npos;
    const auto port = whole_number(std::string_view(text).substr(plain ? 0 : colon + 1));
    if (!port) return usage("--remove: '" + text + "' is not [PROTOCOL:]POT_PORT");
    return MeantPort{plain ? "tcp" : text.substr(0, colon), *port};
}

/// Those that are there, but for those that shall go.
Result<Value> kept_ports(const Invocation& invocation, const Value& before) {
    Value::Array kept = before.items();
    for (const auto& text : invocation.arguments().values("remove")) {
        const auto meant = meant_port(text);
        if (!meant) return meant.failure();
        const auto gone = std::erase_if(kept, [&](const Value& one) {
            return one["protocol"].text() == meant->protocol && one["container"].integer() == meant->port;
        });
        if (gone == 0) return failed("it publishes no port " + text);
    }
    return Value(std::move(kept));
}

Result<Value> next_ports(const Invocation& invocation, const Value& before) {
    const auto replacing = invocation.arguments().values("port");
    if (!replacing.empty()) return Value(replacing);
    if (invocation.has("clear")) return Value::array();
    auto ports = kept_ports(invocation, before);
    if (!ports) return ports;
    for (const auto& text : invocation.arguments().values("add")) ports->push(text);
    return ports;
}

Status check_export_ports(const Invocation& invocation) {
    const bool changing = invocation.has("add") || invocation.has("remove");
    const int ways = int{invocation.has("port")} + int{invocation.has("clear")} + int{changing};
    if (ways == 0) return usage("one of -e, --add, --remove and --clear is needed");
    if (ways > 1) return usage("-e, --clear, and --add or --remove exclude each other");
    return Done{};
}

Result<int> run_export_ports(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    if (auto sound = check_export_ports(invocation); !sound) return sound.failure();
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const auto ports = next_ports(invocation, (*now)["spec"]["ports"]);
    if (!ports) return ports.failure();
    Value patch;
    patch.set("ports", *ports);
    const auto changed =
        invocation.api().patch(pot_url(*pot), patch, (*now)["version"].integer().value_or(0));
    if (!changed) return changed.failure();
    return exit_code::ok;
}

}  // namespace

const Command export_ports_command{
    "export-ports",
    "",
    Section::Settings,
    Operands::Pot,
    "[-p] POT -e PORT... | --clear | [--add PORT]... [--remove PORT]...",
    "lead ports of the host to a pot on a bridge",
    "As with pot, the first number is the pot's port and the second the host's; without that one is chosen "
    "and "
    "stays the pot's, show -p tells which. tcp, udp or sctp before a colon, else tcp. Rows of ports are "
    "written 8000-8009:9000-9009. With @ADDRESS it is that of the host alone. -e replaces the whole list; of "
    "a "
    "pot that runs it takes effect at once, and connections through ports that stay go on.",
    export_ports_options,
    run_export_ports};

}  // namespace potd::client
