#include "client/command/host_sheet.hpp"

#include "client/command/pot_view.hpp"
#include "client/output/table.hpp"

namespace potd::client {
namespace {

std::string joined(const Value& list) {
    std::string text;
    for (const auto& item : list.items()) {
        if (!text.empty()) text += ' ';
        text += item.text();
    }
    return text;
}

/// Those that work in one line, and one for each that does not.
void add_limit_abilities(Sheet& sheet, const Value& limits) {
    std::string enforced;
    for (const auto& limit : limits.items()) {
        if (limit["enforced"].flag()) enforced += (enforced.empty() ? "" : " ") + limit["name"].text();
    }
    if (!enforced.empty()) sheet.add("limits", enforced);
    for (const auto& limit : limits.items()) {
        if (!limit["enforced"].flag())
            sheet.add("no limit", limit["name"].text() + ": " + limit["reason"].text());
    }
}

}  // namespace

std::string host_sheet(const Value& info) {
    const Value& platform = info["platform"];
    const Value& capabilities = info["capabilities"];
    Sheet sheet;
    sheet.add("potd", info["version"].text() + " (API " + info["api"].text() + ")");
    sheet.add("instance", info["instance"].text());
    sheet.add("started", info["started_at"].text());
    sheet.add("pots", whole(info["pots"]));
    sheet.add("host", platform["hostname"].text());
    sheet.add("system", platform["system"].text() + ' ' + platform["release"].text() + ' ' +
                            platform["machine"].text());
    sheet.add("cpus", whole(platform["cpus"]));
    sheet.add("memory", size(platform["memory"]));
    if (!capabilities["cgroup_mode"].is_null()) {
        sheet.add("control groups",
                  capabilities["cgroup_mode"].text() + ": " + joined(capabilities["controllers"]));
    }
    sheet.add("file systems", joined(capabilities["drivers"]));
    if (const Value& storage = capabilities["storage"]; !storage.is_null()) {
        sheet.add("chosen because", storage["reason"].text());
        sheet.add("clones", storage["shares"].flag() ? "share what is the same" : "are copies");
        sheet.add("disk limits", storage["quotas"].flag() ? "per pot" : "none: the driver has no quotas");
    }
    add_limit_abilities(sheet, info["limits"]);
    sheet.add("networks", joined(capabilities["networks"]));
    for (const auto& sentence : info["degraded"].items()) sheet.add("degraded", sentence.text());
    return sheet.text();
}

}  // namespace potd::client
