#include "api/route/system_routes.hpp"

#include "api/route/openapi_document.hpp"
#include "api/route/prune.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/system.hpp"

#include <string>
#include <vector>

namespace potd::api {
namespace {

constexpr std::string_view yaml_type = "application/yaml";

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
                    answer_prune(exchange, services_);
                }});
    router.add(
        {Method::Post, "/v1/system/shutdown", {}, {json_type}, {json_type}, [this](Exchange& exchange) {
             shut_down(exchange);
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

void SystemRoutes::shut_down(Exchange& exchange) const {
    const auto body = read_body<wire::ShutdownRequest>(exchange, true);
    if (!body) return;
    if (!body->stop_pots.value_or(false)) {
        answer_json(exchange, wire::ShutdownResult{});
        return services_.shut_down();
    }
    services_.pots.stop_all(
        [this, later = exchange.later()](const core::Result<std::vector<std::string>>& stopped) {
            if (!stopped) return later.fail(stopped.error());
            answer_json(later, wire::ShutdownResult{*stopped});
            services_.shut_down();
        });
}

}  // namespace potd::api
