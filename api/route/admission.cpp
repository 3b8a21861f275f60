#include "api/route/admission.hpp"

#include "api/convert/operations.hpp"
#include "api/convert/records.hpp"
#include "api/door/scope.hpp"
#include "api/route/fscomp_routes.hpp"
#include "api/route/fscomp_snapshot_routes.hpp"
#include "api/route/network_routes.hpp"
#include "api/route/pot_routes.hpp"
#include "api/route/reply.hpp"
#include "api/route/snapshot_routes.hpp"
#include "api/route/version_tag.hpp"
#include "core/service/operation_truth.hpp"

#include <utility>

namespace potd::api {
namespace {

constexpr std::string_view replayed_line = "Idempotency-Replayed: true\r\n";

/// What the path says about whom it concerns.
core::OperationService::Asked asked_of(const Exchange& exchange, const Route& route, const ClientWish& wish) {
    core::OperationService::Asked asked;
    asked.kind = *route.operation;
    asked.key = {wish.key, wish.fingerprint};
    asked.by = core::identity_of(*exchange.principal());
    if (route.pattern.starts_with("/v1/pots/{")) asked.pot = exchange.parameter(0);
    if (route.pattern.starts_with("/v1/bases/{")) asked.base = exchange.parameter(0);
    if (route.pattern.starts_with("/v1/fscomps/{")) asked.volume = exchange.parameter(0);
    if (route.pattern.starts_with("/v1/networks/{")) asked.network = exchange.parameter(0);
    return asked;
}

/// The snapshots there are by now: all of them, or the newest to whoever has taken one.
template <class List, class Snapshot>
core::KeptAnswer told_of(const core::Result<std::vector<Snapshot>>& all, core::OperationKind kind) {
    const std::string json(json_type);
    List body;
    if (all) {
        for (const Snapshot& one : *all) body.items.push_back(to_wire(one, std::nullopt));
    }
    if (kind == core::OperationKind::PurgeSnapshots) return {200, {}, json, wire::encode(body)};
    if (body.items.empty()) return {204, {}, {}, {}};
    return {201, {}, json, wire::encode(body.items.back())};
}

core::KeptAnswer told_of_volume(const core::Volume* volume, const core::VolumeService& volumes, bool made) {
    if (volume == nullptr) return {204, {}, {}, {}};
    const std::string place = made ? "Location: /v1/fscomps/" + volume->name + "\r\n" : std::string();
    return {made ? 201 : 200, version_line(volume->version) + place, std::string(json_type),
            wire::encode(to_wire(*volume, volumes.uses(), std::nullopt))};
}

core::KeptAnswer told_of_network(const core::Bridge* bridge, const core::BridgeService& bridges) {
    if (bridge == nullptr) return {204, {}, {}, {}};
    return {201, "Location: /v1/networks/" + bridge->name + "\r\n", std::string(json_type),
            wire::encode(to_wire(*bridge, bridges.uses()))};
}

/// By its name, which JSON can also write with escapes.
bool may_have_secrets(std::string_view body) {
    return body.find("env_secret") != std::string_view::npos || body.find("\\u") != std::string_view::npos;
}

}  // namespace

void Admission::admit(Exchange& exchange, const Route& route) {
    ClientWish wish;
    if (const auto problem = read_wish(exchange.request(), wish)) return exchange.fail(*problem);
    // Of such a request nothing can be kept that says whether another one is the same, nor can it be repeated
    // without its body; and whoever sends that waits in any case.
    if (route.streams_body) wish = {};
    // Against a plain sum, which is stored, whoever has the database could try what a secret may be.
    if (!wish.key.empty() && may_have_secrets(exchange.request().body))
        wish.fingerprint = "keyed " + services_.token_key.hash(wish.fingerprint);
    const bool is_long = core::is_long(*route.operation);
    wish.respond_async = wish.respond_async && is_long;
    if (wish.key.empty()) {
        if (!is_long) return route.handler(exchange);
        return begin(exchange, route, std::move(wish));
    }
    const auto used = value_or_fail(
        exchange,
        services_.operations.used_by(core::identity_of(*exchange.principal()), {wish.key, wish.fingerprint}));
    if (!used) return;
    if (used->empty()) return begin(exchange, route, std::move(wish));
    if (const auto& recorded = exchange.audit()) recorded->end.operation = *used;
    repeat(exchange, *used);
}

void Admission::begin(Exchange& exchange, const Route& route, ClientWish wish) {
    const std::string id = services_.operations.begin(asked_of(exchange, route, wish));
    const auto call = std::make_shared<OperationCall>(
        OperationCall::Parts{services_.operations, services_.executor,
                             [this](const std::string& over) { calls_.erase(over); }},
        *services_.operations.find(id), std::move(wish), exchange);
    calls_[id] = call;
    call->begin(route.handler);
}

/// Joins the first while that is under way.
void Admission::repeat(Exchange& exchange, const std::string& id) {
    const Later later = exchange.later();
    const auto waiting = services_.operations.wait(
        id,
        on_reply<core::Operation>(
            later, {}, [this, who = exchange.principal()](const Later& to, const core::Operation& operation) {
                replay(operation, who, to);
            }));
    later.on_cancel([this, waiting] { services_.operations.cancel_wait(waiting); });
}

void Admission::replay(const core::Operation& operation, const core::PrincipalPtr& who, const Later& later) {
    services_.operations.answer_of(
        operation.id, services_.history, [this, operation, who, later](core::Result<core::KeptAnswer> found) {
            guarded(later, [&] {
                const bool cut = !found && found.error().kind == core::ErrorKind::NotFound;
                if (!found && !cut) return later.fail(found.error());
                const core::KeptAnswer kept = cut ? rendered(operation, *who, later) : *std::move(found);
                const std::string headers = kept.headers + std::string(replayed_line);
                later.answer({kept.status, kept.type, kept.body, {}, headers});
            });
        });
}

/// What the first would have been told, had potd not been restarted: by what has become of it since.
core::KeptAnswer Admission::rendered(const core::Operation& operation, const core::Principal& who,
                                     const Later& later) {
    if (operation.error) {
        core::Operation told = operation;
        told.error = later.told(*operation.error);
        const Problem problem = problem_of(told);
        return {problem.status, {}, std::string(problem_type), to_json(problem)};
    }
    // Somebody else's by now.
    if (!operation.pot_id.empty() && !sees_pot_id(who, services_.pots, operation.pot_id))
        return {204, {}, {}, {}};
    using Kind = core::OperationKind;
    switch (operation.kind) {
        case Kind::InstallBase:
        case Kind::UpdateBase:
        case Kind::RollBackBase: return rendered_base(operation);
        case Kind::CreateVolume:
        case Kind::ChangeVolume: return rendered_volume(operation);
        case Kind::CreateNetwork:
            return told_of_network(services_.bridges.find(operation.network), services_.bridges);
        case Kind::Snapshot:
        case Kind::PurgeSnapshots: return rendered_snapshots(operation);
        case Kind::RemoveSnapshot: return {204, {}, {}, {}};
        case Kind::Rollback:
            if (!operation.volume.empty()) return rendered_volume(operation);
            [[fallthrough]];
        default: return rendered_pot(operation, who);
    }
}

core::KeptAnswer Admission::rendered_base(const core::Operation& operation) {
    const core::Base* base = services_.bases.find(operation.base);
    if (base == nullptr) return {204, {}, {}, {}};
    const bool installed = operation.kind == core::OperationKind::InstallBase;
    const std::string place = installed ? "Location: /v1/bases/" + base->name + "\r\n" : std::string();
    return {installed ? 201 : 200, place, std::string(json_type),
            wire::encode(to_wire(*base, services_.bases))};
}

core::KeptAnswer Admission::rendered_volume(const core::Operation& operation) {
    return told_of_volume(services_.volumes.find(operation.volume), services_.volumes,
                          operation.kind == core::OperationKind::CreateVolume);
}

core::KeptAnswer Admission::rendered_pot(const core::Operation& operation, const core::Principal& who) {
    const core::PotPtr pot = operation.pot_id.empty() ? nullptr : services_.pots.with_id(operation.pot_id);
    if (!pot) return {204, {}, {}, {}};
    const bool created =
        operation.kind == core::OperationKind::Create || operation.kind == core::OperationKind::Clone;
    const std::string place = created ? "Location: /v1/pots/" + pot->spec.name + "\r\n" : std::string();
    return {created ? 201 : 200, etag_line(*pot) + place, std::string(json_type), *texts_.text(pot, who)};
}

core::KeptAnswer Admission::rendered_snapshots(const core::Operation& operation) {
    if (operation.volume.empty())
        return told_of<wire::SnapshotList>(services_.snapshots.list(operation.pot_id), operation.kind);
    return told_of<wire::FscompSnapshotList>(services_.volume_snapshots.list(operation.volume),
                                             operation.kind);
}

}  // namespace potd::api
