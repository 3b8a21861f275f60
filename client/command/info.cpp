#include "client/command/attributes.hpp"
#include "client/command/ending.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/output/json_text.hpp"
#include "client/text/figures.hpp"
#include "client/text/words.hpp"

namespace potd::client {
namespace {

constexpr Option info_options[] = {
    pot_option,
    {'r', "running", "", "print nothing: exit 0 if it runs, 1 if it does not"},
    {'q', "quiet", "", "print nothing: exit 0 if it exists, 3 if it does not"},
    {'E', "export", "", "print the variables pot gives to hooks, for a shell"},
    format_option,
    {'s', "snapshots", "", "print its snapshots only; with -v when they were taken, too"},
    {'f', "fscomp", "FSCOMP", "a volume instead", Completes::Fscomps},
    {'b', "base", "BASE", "a base instead", Completes::Bases},
    {'B', "bridge", "BRIDGE", "a bridge instead", Completes::Bridges},
};

void print_exports(Invocation& invocation, const Value& pot) {
    invocation.print_line("export _POT_NAME=" + quote_word(pot["name"].text()));
    if (network(pot) == "private-bridge")
        invocation.print_line("export _POT_BRIDGE=" + quote_word(pot["spec"]["network"]["bridge"].text()));
    // A pot of the types inherit and none has no address of its own.
    const auto all = addresses(pot);
    invocation.print_line("export _POT_IP=" + quote_word(all.empty() ? "" : all.front().address));
    if (all.empty()) return;
    std::string ip_names, nic_names;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const std::string ip = "_POT_IP_" + std::to_string(i), nic = "_POT_NIC_" + std::to_string(i);
        invocation.print_line("export " + ip + "=" + quote_word(all[i].address));
        invocation.print_line("export " + nic + "=" + quote_word(all[i].interface));
        ip_names += (i == 0 ? "" : " ") + ip;
        nic_names += (i == 0 ? "" : " ") + nic;
    }
    invocation.print_line("export _POT_IP_LIST=" + quote_word(ip_names));
    invocation.print_line("export _POT_NIC_LIST=" + quote_word(nic_names));
}

void add_run(Sheet& sheet, const Value& run, std::int64_t now) {
    if (run.is_null()) {
        sheet.add("run", "never");
        return;
    }
    sheet.add("run", whole(run["number"]));
    if (!run["started_at"].is_null()) {
        sheet.add("  started", run["started_at"].text() + " (" + age(run["started_at"], now) + " ago)");
    }
    if (!run["pid"].is_null()) sheet.add("  pid", whole(run["pid"]));
    if (run["ended_at"].is_null()) return;
    sheet.add("  ended", run["ended_at"].text() + " (" + age(run["ended_at"], now) + " ago)");
    sheet.add("  result", run_outcome(run));
    sheet.add("  reason", run["reason"].text());
    if (!run["peak_memory"].is_null()) sheet.add("  peak memory", size(run["peak_memory"]));
}

void add_attributes(Sheet& sheet, const Value& pot) {
    for_each_part(attribute_names(), ' ', [&](std::string_view name) {
        const auto value = attribute_text(pot, std::string(name));
        if (value) sheet.add("  " + std::string(name), *value);
    });
}

/// "/dev/vda read_bps=1048576"
std::string io_limit_text(const Value& limit) {
    std::string text = limit["device"].text();
    for (const auto& [name, value] : limit.members()) {
        if (name != "device" && !value.is_null()) text += " " + name + "=" + json_scalar(value);
    }
    return text;
}

void add_limits(Sheet& sheet, const Value& limits) {
    for (const auto& one : limits["io"].items()) sheet.add("  io", io_limit_text(one));
    for (const char* const map : {"hugepages", "rctl"}) {
        for (const auto& [name, value] : limits[map].members())
            sheet.add(std::string("  ") + map, name + "=" + json_scalar(value));
    }
    for (const auto& [name, value] : limits.members()) {
        if (value.is_null() || value.is_array() || value.is_object() || name == "best_effort") continue;
        const bool bytes =
            name.starts_with("memory") || name == "swap" || name == "disk" || name.starts_with("network");
        sheet.add("  " + name, bytes ? size(value) : value.is_text() ? value.text() : json_scalar(value));
    }
}

void add_names(Sheet& sheet, const Value& spec) {
    const Value& dns = spec["dns"];
    std::string text = dns["mode"].text();
    for (const auto& server : dns["servers"].items()) text += " " + server.text();
    sheet.add("dns", text);
    for (const auto& one : spec["hosts"].items())
        sheet.add("  host", one["name"].text() + " " + one["address"].text());
}

std::string describe(const Value& pot, bool verbose) {
    const Value& spec = pot["spec"];
    const std::int64_t now = now_ms();
    Sheet sheet;
    sheet.add("name", pot["name"].text());
    sheet.add("id", pot["id"].text());
    sheet.add("state", pot["state"].text());
    sheet.add("active", is_up(pot) ? "true" : "false");
    if (!pot["last_error"].text().empty()) sheet.add("last error", pot["last_error"].text());
    if (pot["unfinished"].flag()) sheet.add("unfinished", "flavours are being applied to it");
    sheet.add("type", spec["type"].text());
    const auto revision = pot["base_revision"].integer().value_or(1);
    sheet.add("base",
              spec["base"].text() + (revision > 1 ? " (revision " + std::to_string(revision) + ")" : ""));
    sheet.add("level", whole(spec["level"]));
    sheet.add("file system", pot["driver"].text());
    if (const Value& limit = spec["limits"]["disk"]; !limit.is_null()) sheet.add("disk limit", size(limit));
    if (!pot["first_host_id"].is_null()) sheet.add("first host id", whole(pot["first_host_id"]));
    sheet.add("network type", network(pot));
    for (const auto& one : pot["addresses"].items()) {
        const std::string address = one["address"].is_null() ? "none yet, by SLAAC" : one["address"].text();
        sheet.add("  ip", one["interface"].text() + "|" + address);
    }
    if (const std::string& bridge = spec["network"]["bridge"].text(); !bridge.empty())
        sheet.add("  bridge", bridge);
    for (const auto& port : pot["ports"].items()) sheet.add("  port", port_text(port));
    add_names(sheet, spec);
    sheet.add("command", command_line(pot));
    sheet.add("user", spec["user"].text().empty() ? "root" : spec["user"].text());
    sheet.add("created", pot["created_at"].text());
    add_run(sheet, pot["run"], now);
    sheet.add("attributes", "");
    add_attributes(sheet, pot);
    if (pot["cpus"].is_text()) sheet.add("runs on cpus", pot["cpus"].text());
    for (const auto& one : pot["not_enforced"].items())
        sheet.add("not enforced", one["field"].text() + ": " + one["reason"].text());
    if (verbose) {
        sheet.add("limits", "");
        add_limits(sheet, spec["limits"]);
        sheet.add("environment", "");
        for (const auto& [name, value] : spec["env"].members()) sheet.add("  " + name, value.text());
    }
    return sheet.text();
}

std::string describe_fscomp(const Value& fscomp) {
    Sheet sheet;
    sheet.add("name", fscomp["name"].text());
    sheet.add("created", fscomp["created_at"].text());
    sheet.add("size", size(fscomp["bytes"]));
    sheet.add("quota", fscomp["quota"].is_null() ? "none" : size(fscomp["quota"]));
    sheet.add("used by", fscomp["used_by"].items().empty() ? "no pot" : "");
    for (const auto& use : fscomp["used_by"].items())
        sheet.add("  " + use["pot"].text(), use["target"].text() + " " + use["mode"].text());
    return sheet.text();
}

void add_revisions(Sheet& sheet, const Value& base) {
    sheet.add("revision", whole(base["revision"]));
    for (const auto& one : base["revisions"].items()) {
        std::string text = one["created_at"].text() + "  " + size(one["size"]);
        for (const auto& pot : one["pots"].items()) text += "  " + pot.text();
        sheet.add("  " + whole(one["number"]), text);
    }
}

std::string describe_base(const Value& base) {
    Sheet sheet;
    sheet.add("name", base["name"].text());
    sheet.add("source", base["source"].text());
    sheet.add("origin", base["origin"].text());
    sheet.add("created", base["created_at"].text());
    sheet.add("size", size(base["size"]));
    sheet.add("path", base["path"].text());
    sheet.add("base pot", base["base_pot"].is_null() ? "none" : base["base_pot"].text());
    sheet.add("used by", base["pots"].items().empty() ? "no pot" : "");
    for (const auto& pot : base["pots"].items()) sheet.add("  " + pot.text(), "");
    if (base["revisions"].items().size() > 1) add_revisions(sheet, base);
    return sheet.text();
}

void add_family_of_bridge(Sheet& sheet, const Value& bridge, std::string_view family) {
    const Value& side = bridge[family];
    sheet.add(family,
              side.is_null() ? "none" : side["network"].text() + ", gateway " + side["gateway"].text());
}

std::string describe_bridge(const Value& bridge) {
    Sheet sheet;
    sheet.add("name", bridge["name"].text());
    sheet.add("created", bridge["created_at"].text());
    add_family_of_bridge(sheet, bridge, "ipv4");
    add_family_of_bridge(sheet, bridge, "ipv6");
    sheet.add("isolated", bridge["isolated"].flag() ? "true" : "false");
    sheet.add("routed", bridge["routed"].flag() ? "true" : "false");
    if (!bridge["uplink"].is_null()) sheet.add("uplink", bridge["uplink"].text());
    sheet.add("used by", bridge["used_by"].items().empty() ? "no pot" : "");
    for (const auto& use : bridge["used_by"].items()) {
        std::string text = use["ipv4"].text();
        if (!use["ipv6"].text().empty()) text += (text.empty() ? "" : " ") + use["ipv6"].text();
        sheet.add("  " + use["pot"].text(), text);
    }
    return sheet.text();
}

/// What is no pot; `letter` is the option it was asked for with.
Result<int> print_other(Invocation& invocation, const std::string& letter, const std::string& url,
                        std::string (*describe_it)(const Value&)) {
    for (const std::string_view option : {"pot", "running", "export", "snapshots"}) {
        if (invocation.has(option))
            return usage(letter + " and --" + std::string(option) + " exclude each other");
    }
    if (!invocation.arguments().positionals.empty())
        return usage(letter + " and a pot are given; info takes one of them");
    const int others =
        int{invocation.has("fscomp")} + int{invocation.has("base")} + int{invocation.has("bridge")};
    if (others > 1) return usage("-f, -b and -B exclude each other");
    const auto found = invocation.api().get(url);
    if (!found) return found.failure();
    if (invocation.has("quiet")) return exit_code::ok;
    if (!invocation.print_document(*found)) invocation.print(describe_it(*found));
    return exit_code::ok;
}

Result<int> print_snapshots(Invocation& invocation, const std::string& pot) {
    const auto list = invocation.api().get(pot_url(pot, "/snapshots"));
    if (!list) return list.failure();
    for (const auto& one : (*list)["items"].items()) {
        const std::string taken = invocation.has("verbose") ? "  " + one["created_at"].text() : std::string();
        invocation.print_line(one["name"].text() + taken);
    }
    return exit_code::ok;
}

Result<int> run_info(Invocation& invocation) {
    if (invocation.has("quiet") && invocation.has("verbose")) return usage("-q and -v exclude each other");
    if (const auto fscomp = invocation.value("fscomp"))
        return print_other(invocation, "-f", fscomp_url(*fscomp), describe_fscomp);
    if (const auto base = invocation.value("base"))
        return print_other(invocation, "-b", "/v1/bases/" + url_escape(*base), describe_base);
    if (const auto bridge = invocation.value("bridge"))
        return print_other(invocation, "-B", network_url(*bridge), describe_bridge);
    const auto name = invocation.pot();
    if (!name) return name.failure();
    if (invocation.has("snapshots")) return print_snapshots(invocation, *name);
    const auto pot = invocation.api().get(pot_url(*name));
    if (!pot) return pot.failure();
    if (invocation.has("running")) return is_up(*pot) ? exit_code::ok : exit_code::failed;
    if (invocation.has("quiet")) return exit_code::ok;
    if (invocation.has("export")) {
        print_exports(invocation, *pot);
    } else if (!invocation.print_document(*pot)) {
        invocation.print(describe(*pot, invocation.has("verbose")));
    }
    return exit_code::ok;
}

}  // namespace

const Command info_command{"info",
                           "",
                           Section::Inspection,
                           Operands::Pot,
                           "[-p] POT [-r | -q | -E | -s] [-v] | -f FSCOMP [-q] | -b BASE [-q] | -B BRIDGE "
                           "[-q]",
                           "describe a pot, a volume, a base or a bridge",
                           "",
                           info_options,
                           run_info};

}  // namespace potd::client
