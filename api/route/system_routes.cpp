#include "api/route/system_routes.hpp"

#include "api/route/openapi_document.hpp"
#include "api/route/prune.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/pressure.hpp"
#include "openapi/wire/space.hpp"
#include "openapi/wire/system.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

namespace potd::api {
namespace {

constexpr std::string_view yaml_type = "application/yaml";

wire::Platform platform_to_wire(const core::HostFacts& host) {
    return {host.system, host.release, host.machine, host.hostname, host.boot_id, host.cpus, host.memory};
}

std::optional<std::int64_t> limit_or_none(std::int64_t bytes) {
    return bytes == 0 ? std::nullopt : std::optional(bytes);
}

wire::Space space_to_wire(const core::SpaceUse& use, const std::string& driver) {
    wire::Space out;
    out.driver = driver;
    out.total = use.room.total;
    out.free = use.room.free;
    for (const auto& base : use.bases) out.bases.push_back({base.name, base.bytes, base.pots});
    for (const auto& pot : use.pots)
        out.pots.push_back({pot.name, pot.root, pot.log, limit_or_none(pot.limit)});
    for (const auto& one : use.snapshots) out.snapshots.push_back({one.pot, one.name, one.bytes});
    for (const auto& one : use.volumes)
        out.fscomps.push_back({one.name, one.bytes, one.snapshots, one.pots, limit_or_none(one.limit)});
    return out;
}

std::optional<std::string> text_or_none(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<double> rounded(std::optional<double> value) {
    constexpr double hundredth = 100;
    return value ? std::optional(std::round(*value * hundredth) / hundredth) : std::nullopt;
}

wire::PressureRule rule_to_wire(const core::PressureWatch::RuleView& view) {
    wire::PressureRule out;
    out.name = view.rule.name;
    for (const core::Detector& one : view.rule.when) out.when.push_back(core::format_detector(one));
    for (const core::PressureAction one : view.rule.then) out.steps.emplace_back(core::to_string(one));
    out.settle = core::format_duration(view.rule.settle);
    out.holds = view.holds;
    out.never = text_or_none(view.never);
    return out;
}

/// Of those within reach.
std::size_t seen_count(const core::Principal& who, const core::PotService& pots) {
    if (!who.is_scoped()) return pots.count();
    const auto all = pots.list({}, pots.count());
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const core::PotPtr& pot) { return who.sees(pot->spec.labels); }));
}

}  // namespace

void SystemRoutes::add_health(Router& router) {
    router.add({Method::Get,
                "/v1/health",
                {core::Role::Viewer, Reach::Common},
                {},
                {},
                {json_type},
                [](Exchange& exchange) {
                    exchange.answer({200, json_type, R"({"status":"ok"})", {}, {}});
                }});
}

void SystemRoutes::add_documents(Router& router) {
    router.add({Method::Get,
                "/openapi.json",
                {core::Role::Viewer, Reach::Common},
                {},
                {},
                {json_type},
                [](Exchange& exchange) {
                    exchange.answer({200, json_type, openapi_json, {}, {}});
                }});
    router.add({Method::Get,
                "/openapi.yaml",
                {core::Role::Viewer, Reach::Common},
                {},
                {},
                {yaml_type, "text/plain"},
                [](Exchange& exchange) {
                    exchange.answer({200, exchange.type(), openapi_yaml, {}, {}});
                }});
}

void SystemRoutes::add_to(Router& router) {
    add_health(router);
    add_documents(router);
    router.add({Method::Get,
                "/v1/info",
                {core::Role::Viewer, Reach::Shown},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { info(exchange); }});
    router.add({Method::Get,
                "/v1/ready",
                {core::Role::Viewer, Reach::Common},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { ready(exchange); }});
    router.add({Method::Get,
                "/v1/system/df",
                {core::Role::Viewer, Reach::Rest},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { space(exchange); }});
    router.add({Method::Get,
                "/v1/system/pressure",
                {core::Role::Viewer, Reach::Rest},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { pressure(exchange); }});
    router.add({Method::Post,
                "/v1/system/prune",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { answer_prune(exchange, services_); },
                core::OperationKind::Prune});
    router.add({Method::Post,
                "/v1/system/shutdown",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { shut_down(exchange); },
                core::OperationKind::Shutdown});
}

void SystemRoutes::info(Exchange& exchange) const {
    const About& about = services_.about;
    wire::Info body;
    body.name = "potd";
    body.version = about.version;
    body.api = "v1";
    body.instance = about.instance;
    body.started_at = core::format_time(about.started_at);
    body.platform = platform_to_wire(about.host);
    if (!about.host.cgroup_mode.empty()) body.capabilities.cgroup_mode = about.host.cgroup_mode;
    body.capabilities.controllers = about.host.controllers;
    body.capabilities.drivers = about.host.drivers;
    if (!about.host.drivers.empty()) body.capabilities.storage.driver = about.host.drivers.front();
    body.capabilities.storage.reason = about.host.driver_reason;
    body.capabilities.storage.shares = about.host.storage.shares;
    body.capabilities.storage.live_snapshots = about.host.storage.live_snapshots;
    body.capabilities.storage.quotas = about.host.storage.quotas;
    body.capabilities.networks = {"inherit", "none", "alias"};
    if (services_.bridges.check())
        body.capabilities.networks.insert(body.capabilities.networks.end(),
                                          {"public-bridge", "private-bridge"});
    body.capabilities.bases = {"host", "release", "tarball", "directory"};
    for (const core::LimitAbility& one : about.host.limits) {
        auto& limit = body.limits.emplace_back();
        limit.name = one.name;
        limit.enforced = one.lack.empty();
        if (!one.lack.empty()) limit.reason = one.lack;
    }
    body.degraded = about.host.degraded;
    for (std::string& sentence : services_.pressure.shortcomings())
        body.degraded.push_back(std::move(sentence));
    body.pots = seen_count(*exchange.principal(), services_.pots);
    answer_json(exchange, body);
}

void SystemRoutes::ready(Exchange& exchange) const {
    if (const core::Status ready = services_.ready(); !ready) return exchange.fail(ready.error());
    answer_json(exchange, wire::Health{"ready"});
}

void SystemRoutes::space(Exchange& exchange) const {
    services_.space.take([later = exchange.later(), driver = std::string(services_.files.name())](
                             const core::Result<core::SpaceUse>& use) {
        if (!use) return later.fail(use.error());
        answer_json(later, space_to_wire(*use, driver));
    });
}

void SystemRoutes::pressure(Exchange& exchange) const {
    const core::PressureWatch::View view = services_.pressure.view();
    wire::Pressure body;
    body.dry_run = view.dry_run;
    body.memory = view.reading.memory_total;
    for (std::size_t i = 0; i < core::host_figure_count; ++i) {
        const auto figure = static_cast<core::HostFigure>(i);
        body.figures.push_back({std::string(core::to_string(figure)), rounded(view.reading.figures.at(i)),
                                text_or_none(services_.pressure.missing(figure))});
    }
    for (const auto& rule : view.rules) body.rules.push_back(rule_to_wire(rule));
    answer_json(exchange, body);
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
        },
        [this, id = exchange.operation()](std::size_t ended, std::size_t of) {
            services_.operations.set_progress(
                id, {static_cast<std::int64_t>(ended), static_cast<std::int64_t>(of), "pots", "stops pots"});
        });
}

}  // namespace potd::api
