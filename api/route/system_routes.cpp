#include "api/route/system_routes.hpp"

#include "api/route/openapi_document.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/system.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

namespace potd::api {
namespace {

constexpr std::string_view yaml_type = "application/yaml";

/// A prune under way; the last destroy that ends answers for all.
struct Prune {
    explicit Prune(Later to) : later(std::move(to)) {}
    Later later;
    std::size_t open = 0;
    std::vector<std::string> removed;
    std::optional<core::Error> error;

    void finish() {
        if (error && removed.empty()) return later.fail(*error);
        std::sort(removed.begin(), removed.end());
        answer_json(later, wire::PruneResult{removed});
    }
};

bool is_prunable(const core::Pot& pot) {
    return pot.spec.prunable && pot.run && !core::is_live(pot.state) &&
           pot.state != core::PotState::Destroying;
}

wire::Platform to_wire(const core::HostFacts& host) {
    return {host.system, host.release, host.machine, host.hostname, host.boot_id, host.cpus, host.memory};
}

}  // namespace

void SystemRoutes::add_to(Router& router) {
    router.add({Method::Get, "/v1/health", {}, {}, {json_type}, [](Exchange& exchange) {
                    exchange.answer({200, json_type, R"({"status":"ok"})", {}, {}});
                }});
    router.add(
        {Method::Get, "/v1/info", {}, {}, {json_type}, [this](Exchange& exchange) { info(exchange); }});
    router.add(
        {Method::Get, "/v1/ready", {}, {}, {json_type}, [this](Exchange& exchange) { ready(exchange); }});
    router.add({Method::Get, "/openapi.json", {}, {}, {json_type}, [](Exchange& exchange) {
                    exchange.answer({200, json_type, openapi_json, {}, {}});
                }});
    router.add({Method::Get, "/openapi.yaml", {}, {}, {yaml_type, "text/plain"}, [](Exchange& exchange) {
                    exchange.answer({200, exchange.type(), openapi_yaml, {}, {}});
                }});
    router.add({Method::Post, "/v1/system/prune", {}, {json_type}, {json_type}, [this](Exchange& exchange) {
                    prune(exchange);
                }});
}

void SystemRoutes::info(Exchange& exchange) const {
    const About& about = services_.about;
    wire::Info body;
    body.name = "potd";
    body.version = about.version;
    body.api = "v1";
    body.instance = about.instance;
    body.started_at = core::format_time(about.started_at);
    body.platform = to_wire(about.host);
    if (!about.host.cgroup_mode.empty()) body.capabilities.cgroup_mode = about.host.cgroup_mode;
    body.capabilities.controllers = about.host.controllers;
    body.capabilities.drivers = about.host.drivers;
    body.capabilities.networks = {"inherit", "none"};
    body.capabilities.bases = {"host", "release", "tarball", "directory"};
    body.degraded = about.host.degraded;
    body.pots = services_.pots.count();
    answer_json(exchange, body);
}

void SystemRoutes::ready(Exchange& exchange) const {
    if (const core::Status ready = services_.ready(); !ready) return exchange.fail(ready.error());
    answer_json(exchange, wire::Health{"ready"});
}

void SystemRoutes::prune(Exchange& exchange) const {
    if (!read_body<wire::EmptyRequest>(exchange, true)) return;
    const auto prune = std::make_shared<Prune>(exchange.later());
    const auto pots = services_.pots.list({}, std::numeric_limits<std::size_t>::max());
    ++prune->open;  // so that it does not end before the last was begun
    for (const core::PotPtr& pot : pots) {
        if (!is_prunable(*pot)) continue;
        ++prune->open;
        services_.pots.destroy(pot->id.text, false,
                               [prune, name = pot->spec.name](const core::Status& status) {
                                   if (status) prune->removed.push_back(name);
                                   if (!status && !prune->error) prune->error = status.error();
                                   if (--prune->open == 0) prune->finish();
                               });
    }
    if (--prune->open == 0) prune->finish();
}

}  // namespace potd::api
