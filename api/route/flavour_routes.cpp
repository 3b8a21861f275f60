#include "api/route/flavour_routes.hpp"

#include "api/route/reply.hpp"
#include "openapi/wire/flavour.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace potd::api {
namespace {

using Flavours = std::vector<core::FlavourEntry>;

wire::Flavour flavour_to_wire(const core::FlavourEntry& flavour) {
    return {flavour.name, flavour.directory, flavour.has_commands, flavour.has_script};
}

}  // namespace

void FlavourRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/flavours",
                {core::Role::Viewer, Reach::Common},
                {"limit", "after"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Get,
                "/v1/flavours/{name}",
                {core::Role::Viewer, Reach::Common},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
}

void FlavourRoutes::list(Exchange& exchange) {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    const auto answer = [page = *page](const Later& later, const Flavours& all) {
        wire::FlavourList body;
        for (const core::FlavourEntry& flavour : all) {
            if (!page.after.empty() && flavour.name <= page.after) continue;
            if (body.items.size() == page.limit) {
                body.next = body.items.back().name;
                break;
            }
            body.items.push_back(flavour_to_wire(flavour));
        }
        answer_json(later, body);
    };
    flavours_.list(on_reply<Flavours>(exchange.later(), {}, answer));
}

void FlavourRoutes::get(Exchange& exchange) {
    const auto answer = [name = std::string(exchange.parameter(0))](const Later& later, const Flavours& all) {
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const auto& flavour) { return flavour.name == name; });
        if (found == all.end())
            return later.fail(core::error(core::ErrorKind::NotFound,
                                          "there is no flavour '" + name + "' in flavours.path"));
        answer_json(later, flavour_to_wire(*found));
    };
    flavours_.list(on_reply<Flavours>(exchange.later(), {}, answer));
}

}  // namespace potd::api
