#include "api/route/network_routes.hpp"

#include "api/convert/network.hpp"
#include "api/door/scope.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"

#include <optional>
#include <string>
#include <utility>

namespace potd::api {
namespace {

std::optional<wire::Subnet> subnet_of(const std::optional<core::BridgeNetwork>& side) {
    if (!side) return std::nullopt;
    return wire::Subnet{core::to_string(side->network), core::to_string(side->gateway)};
}

std::optional<std::string> text_of(const std::optional<core::IpAddress>& address) {
    return address ? std::optional(core::to_string(*address)) : std::nullopt;
}

}  // namespace

wire::Network to_wire(const core::Bridge& bridge, const core::BridgeService::Uses& uses) {
    wire::Network out;
    out.name = bridge.name;
    out.created_at = core::format_time(bridge.created_at);
    out.ipv4 = subnet_of(bridge.ipv4);
    out.ipv6 = subnet_of(bridge.ipv6);
    out.isolated = bridge.isolated;
    if (!bridge.uplink.empty()) out.uplink = bridge.uplink;
    out.routed = bridge.routed;
    if (const auto found = uses.find(bridge.name); found != uses.end()) {
        for (const core::BridgeUse& use : found->second)
            out.used_by.push_back({use.pot, text_of(use.ipv4), text_of(use.ipv6)});
    }
    return out;
}

void NetworkRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/networks",
                {core::Role::Viewer, Reach::Shown},
                {"limit", "after"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Post,
                "/v1/networks",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { create(exchange); },
                core::OperationKind::CreateNetwork});
    router.add({Method::Get,
                "/v1/networks/{name}",
                {core::Role::Viewer, Reach::Shown},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
    router.add({Method::Delete,
                "/v1/networks/{name}",
                {core::Role::Admin, Reach::Rest},
                {},
                {},
                {},
                [this](Exchange& exchange) { remove(exchange); },
                core::OperationKind::RemoveNetwork});
    // Done again it changes nothing, so it needs no key, and it waits for nothing.
    router.add({Method::Post,
                "/v1/networks/{name}/start",
                {core::Role::Operator, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { start(exchange); }});
}

/// With the pots on it that whoever asks may see.
wire::Network NetworkRoutes::shown(const core::Bridge& bridge, const core::Principal& who,
                                   const core::BridgeService::Uses& uses) const {
    wire::Network network = to_wire(bridge, uses);
    std::erase_if(network.used_by,
                  [&](const wire::NetworkUse& use) { return !sees_pot(who, pots_, use.pot); });
    return network;
}

void NetworkRoutes::list(Exchange& exchange) const {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    const auto uses = bridges_.uses();
    wire::NetworkList body;
    for (const core::Bridge& bridge : bridges_.list()) {
        if (!page->after.empty() && bridge.name <= page->after) continue;
        if (body.items.size() == page->limit) {
            body.next = body.items.back().name;
            break;
        }
        body.items.push_back(shown(bridge, *exchange.principal(), uses));
    }
    answer_json(exchange, body);
}

void NetworkRoutes::get(Exchange& exchange) const {
    const core::Bridge* const bridge = bridges_.find(exchange.parameter(0));
    if (bridge == nullptr) return exchange.fail(core::BridgeService::unknown(exchange.parameter(0)));
    answer_json(exchange, shown(*bridge, *exchange.principal(), bridges_.uses()));
}

void NetworkRoutes::create(Exchange& exchange) {
    const auto body = read_body<wire::NetworkRequest>(exchange);
    if (!body) return;
    auto request = value_or_fail(exchange, to_core(*body));
    if (!request) return;
    operations_.set_network(exchange.operation(), body->name);
    const auto answer = [this](const Later& later, const core::Bridge& bridge) {
        const std::string place = "Location: /v1/networks/" + bridge.name + "\r\n";
        later.answer({201, json_type, wire::encode(to_wire(bridge, bridges_.uses())), {}, place});
    };
    bridges_.create(*request, on_reply<core::Bridge>(exchange.later(), {}, answer), exchange.along());
}

void NetworkRoutes::start(Exchange& exchange) {
    if (!read_body<wire::EmptyRequest>(exchange, true)) return;
    const auto answer = [this](const Later& later, const core::Bridge& bridge) {
        answer_json(later, to_wire(bridge, bridges_.uses()));
    };
    bridges_.raise(exchange.parameter(0), on_reply<core::Bridge>(exchange.later(), {}, answer));
}

void NetworkRoutes::remove(Exchange& exchange) {
    const auto answer = [](const Later& later) { later.answer({204, {}, {}, {}, {}}); };
    bridges_.remove(exchange.parameter(0), on_reply<void>(exchange.later(), {}, answer), exchange.along());
}

}  // namespace potd::api
