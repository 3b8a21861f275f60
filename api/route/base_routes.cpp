#include "api/route/base_routes.hpp"

#include "api/convert/records.hpp"
#include "api/door/scope.hpp"
#include "api/http/problem.hpp"
#include "api/route/reply.hpp"

#include <algorithm>
#include <optional>

namespace potd::api {
namespace {

/// The one source that a request names.
core::Result<core::BaseRequest> base_request(const wire::BaseRequest& body) {
    core::BaseRequest request;
    request.name = body.name.value_or("");
    request.mirror = body.mirror.value_or("");
    int sources = 0;
    const auto take = [&](bool given, core::BaseSource source) {
        sources += given ? 1 : 0;
        if (given) request.source = source;
    };
    take(body.host.value_or(false), core::BaseSource::Host);
    take(body.release.has_value(), core::BaseSource::Release);
    take(body.tarball.has_value(), core::BaseSource::Tarball);
    take(body.directory.has_value(), core::BaseSource::Directory);
    take(body.pot.has_value(), core::BaseSource::Pot);
    if (sources != 1)
        return bad_field("host", "expected exactly one of host, release, tarball, directory and pot");
    if (body.snapshot && !body.pot) return bad_field("snapshot", "snapshot: only a pot has one");
    request.release = body.release.value_or("");
    request.path = body.tarball ? *body.tarball : body.directory.value_or("");
    if (!request.mirror.empty() && !body.release)
        return bad_field("mirror", "mirror: only a release has one");
    return request;
}

}  // namespace

void BaseRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/bases",
                {core::Role::Viewer, Reach::Shown},
                {"limit", "after"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Post,
                "/v1/bases",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { install(exchange); },
                core::OperationKind::InstallBase});
    router.add({Method::Get,
                "/v1/bases/{name}",
                {core::Role::Viewer, Reach::Shown},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
    router.add({Method::Delete,
                "/v1/bases/{name}",
                {core::Role::Admin, Reach::Rest},
                {"force"},
                {},
                {},
                [this](Exchange& exchange) { remove(exchange); },
                core::OperationKind::RemoveBase});
    router.add({Method::Post,
                "/v1/bases/{name}/update",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { update(exchange); },
                core::OperationKind::UpdateBase});
    router.add({Method::Post,
                "/v1/bases/{name}/rollback",
                {core::Role::Admin, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { roll_back(exchange); },
                core::OperationKind::RollBackBase});
}

wire::Base BaseRoutes::shown(const core::Base& base) const {
    return to_wire(base, bases_);
}

/// With the pots of it that whoever asks may see.
wire::Base BaseRoutes::shown_to(const core::Principal& who, const core::Base& base) const {
    wire::Base out = shown(base);
    const auto hidden = [&](const std::string& pot) { return !sees_pot(who, pots_, pot); };
    std::erase_if(out.pots, hidden);
    for (wire::BaseRevision& revision : out.revisions) std::erase_if(revision.pots, hidden);
    if (out.base_pot && hidden(*out.base_pot)) out.base_pot.reset();
    const bool of_pot = base.source == core::BaseSource::Pot;
    if (of_pot && hidden(out.origin.substr(0, out.origin.find('@')))) out.origin.clear();
    return out;
}

void BaseRoutes::list(Exchange& exchange) const {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    auto bases = bases_.list();
    std::sort(bases.begin(), bases.end(),
              [](const core::Base& left, const core::Base& right) { return left.name < right.name; });
    wire::BaseList body;
    for (const core::Base& base : bases) {
        if (!page->after.empty() && base.name <= page->after) continue;
        if (body.items.size() == page->limit) {
            body.next = body.items.back().name;
            break;
        }
        body.items.push_back(shown_to(*exchange.principal(), base));
    }
    answer_json(exchange, body);
}

void BaseRoutes::get(Exchange& exchange) const {
    const core::Base* base = bases_.find(exchange.parameter(0));
    if (base == nullptr) {
        return exchange.fail(core::error(core::ErrorKind::NotFound,
                                         "no base is called '" + std::string(exchange.parameter(0)) + "'"));
    }
    answer_json(exchange, shown_to(*exchange.principal(), *base));
}

void BaseRoutes::install(Exchange& exchange) {
    const auto body = read_body<wire::BaseRequest>(exchange);
    if (!body) return;
    auto request = value_or_fail(exchange, base_request(*body));
    if (!request) return;
    operations_.set_base(exchange.operation(), core::BaseService::name_of(*request));
    const auto progress = [this, id = exchange.operation()](const core::OperationProgress& now) {
        operations_.set_progress(id, now);
    };
    // What pot calls a base has one.
    const bool with_pot = body->base_pot.value_or(request->source == core::BaseSource::Release);
    auto pot = with_pot ? std::optional(defaults_) : std::nullopt;
    auto answer =
        on_reply<core::Base>(exchange.later(), {}, [this](const Later& later, const core::Base& base) {
            const std::string place = "Location: /v1/bases/" + base.name + "\r\n";
            later.answer({201, json_type, wire::encode(shown(base)), {}, place});
        });
    if (body->pot)
        of_pots_.install({request->name, *body->pot, body->snapshot}, progress, answer, exchange.along(),
                         std::move(pot));
    else
        bases_.install(*std::move(request), progress, std::move(answer), exchange.along(), std::move(pot));
}

void BaseRoutes::remove(Exchange& exchange) {
    const auto force = value_or_fail(exchange, exchange.query().flag("force"));
    if (!force) return;
    bases_.remove(exchange.parameter(0), *force,
                  on_reply<void>(exchange.later(), {},
                                 [](const Later& later) {
                                     later.answer({204, {}, {}, {}, {}});
                                 }),
                  exchange.along());
}

void BaseRoutes::update(Exchange& exchange) {
    auto body = read_body<wire::BaseUpdate>(exchange, true);
    if (!body) return;
    core::BaseUpdates::Asked asked;
    asked.base = exchange.parameter(0);
    asked.flavours = std::move(body->flavours);
    asked.operation = exchange.operation();
    asked.pot = defaults_;
    updates_.update(
        std::move(asked),
        on_reply<core::Base>(exchange.later(), {}, [this](const Later& later, const core::Base& base) {
            later.answer({200, json_type, wire::encode(shown(base)), {}, {}});
        }));
}

void BaseRoutes::roll_back(Exchange& exchange) {
    const auto body = read_body<wire::BaseRollback>(exchange);
    if (!body) return;
    bases_.roll_back(
        std::string(exchange.parameter(0)), body->revision,
        on_reply<core::Base>(exchange.later(), {},
                             [this](const Later& later, const core::Base& base) {
                                 later.answer({200, json_type, wire::encode(shown(base)), {}, {}});
                             }),
        exchange.along());
}

}  // namespace potd::api
