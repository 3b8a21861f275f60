#include "api/route/snapshot_routes.hpp"

#include "api/convert/secrets.hpp"
#include "api/door/hidden_needs.hpp"
#include "api/door/spec_check.hpp"
#include "api/route/pot_routes.hpp"
#include "api/route/purge_query.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

std::string place_of(const std::string& pot, const core::Snapshot& snapshot) {
    return "Location: /v1/pots/" + pot + "/snapshots/" + snapshot.name + "\r\n";
}

bool has_member(const std::string& json, std::string_view name) {
    const std::vector<std::string> names =
        json.empty() ? std::vector<std::string>{} : wire::member_names(json);
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Where a field of the new pot stands in a request for a clone, which has fields of its own besides.
void place_in_changes(std::string& field, std::string& message) {
    constexpr std::array<std::string_view, 6> own{"name",    "snapshot", "take_snapshot",
                                                  "changes", "flavours", "keep_on_failure"};
    const std::string_view first = std::string_view(field).substr(0, field.find_first_of(".["));
    if (first.empty() || std::find(own.begin(), own.end(), first) != own.end()) return;
    if (message.starts_with(field)) message.insert(0, "changes.");
    field.insert(0, "changes.");
}

/// What went wrong within potd is at no place of the request.
core::Error in_changes(core::Error error) {
    if (error.kind != core::ErrorKind::Internal) place_in_changes(error.field, error.message);
    return error;
}

core::Reply<core::PotPtr> in_changes(core::Reply<core::PotPtr> reply) {
    return [reply = std::move(reply)](core::Result<core::PotPtr> made) {
        reply(made ? std::move(made) : core::Result<core::PotPtr>(in_changes(std::move(made).error())));
    };
}

/// Of a clone by somebody who is not shown on what.
core::Error needs_another() {
    core::Error refused =
        core::error(core::ErrorKind::PermissionDenied,
                    "depends_on: the source depends on another pot that is out of reach; say in changes what "
                    "the clone depends on");
    refused.field = "changes.depends_on";
    return refused;
}

}  // namespace

wire::Snapshot to_wire(const core::Snapshot& snapshot, std::optional<std::int64_t> size) {
    return {snapshot.key.pot.text,
            snapshot.name,
            snapshot.key.number,
            core::format_time(snapshot.created_at),
            size,
            snapshot.labels,
            snapshot.scheduled};
}

void SnapshotRoutes::add_to(Router& router) {
    const std::string all = "/v1/pots/{name}/snapshots";
    const auto add = [&](Method method, const std::string& pattern, std::vector<std::string> query,
                         void (SnapshotRoutes::*act)(Exchange&), std::optional<core::OperationKind> kind) {
        std::vector<std::string_view> accepts;
        if (method == Method::Post) accepts.emplace_back(json_type);
        const core::Role least = method == Method::Get ? core::Role::Viewer : core::Role::Developer;
        router.add({method,
                    pattern,
                    {least, Reach::Pot},
                    std::move(query),
                    std::move(accepts),
                    {json_type},
                    [this, act](Exchange& exchange) { (this->*act)(exchange); },
                    kind});
    };
    add(Method::Get, all, {"label"}, &SnapshotRoutes::list, {});
    add(Method::Post, all, {}, &SnapshotRoutes::take, core::OperationKind::Snapshot);
    add(Method::Delete, all, {"keep", "older_than", "label"}, &SnapshotRoutes::purge,
        core::OperationKind::PurgeSnapshots);
    add(Method::Get, all + "/{snapshot}", {}, &SnapshotRoutes::get, {});
    add(Method::Delete, all + "/{snapshot}", {}, &SnapshotRoutes::remove,
        core::OperationKind::RemoveSnapshot);
    add(Method::Post, "/v1/pots/{name}/rollback", {}, &SnapshotRoutes::roll_back,
        core::OperationKind::Rollback);
    add(Method::Post, "/v1/pots/{name}/clone", {}, &SnapshotRoutes::clone, core::OperationKind::Clone);
    add(Method::Post, "/v1/pots/{name}/promote", {}, &SnapshotRoutes::promote, core::OperationKind::Promote);
}

void SnapshotRoutes::answer_list(const Later& later, const std::string& pot,
                                 const core::LabelFilter& filter) {
    auto found = snapshots_.list(pot);
    if (!found) return later.fail(found.error(), pot);
    std::erase_if(*found, [&](const core::Snapshot& one) { return !filter.matches(one.labels); });
    snapshots_.measure(
        *found,
        on_reply<std::vector<std::int64_t>>(
            later, pot, [snapshots = *found](const Later& to, const std::vector<std::int64_t>& sizes) {
                wire::SnapshotList body;
                for (std::size_t i = 0; i < snapshots.size(); ++i)
                    body.items.push_back(to_wire(snapshots[i], sizes[i]));
                answer_json(to, body);
            }));
}

void SnapshotRoutes::list(Exchange& exchange) {
    const auto filter = value_or_fail(exchange, read_label_query(exchange.query()));
    if (filter) answer_list(exchange.later(), std::string(exchange.parameter(0)), *filter);
}

void SnapshotRoutes::get(Exchange& exchange) {
    const std::string pot(exchange.parameter(0));
    const auto found = snapshots_.find(pot, exchange.parameter(1));
    if (!found) return exchange.fail(found.error(), pot);
    const auto answer = [snapshot = *found](const Later& to, const std::vector<std::int64_t>& sizes) {
        answer_json(to, to_wire(snapshot, sizes.front()));
    };
    snapshots_.measure({*found}, on_reply<std::vector<std::int64_t>>(exchange.later(), pot, answer));
}

void SnapshotRoutes::take(Exchange& exchange) {
    const auto body = read_body<wire::SnapshotRequest>(exchange, true);
    if (!body) return;
    const std::string pot(exchange.parameter(0));
    core::SnapshotService::Taking request;
    request.name = body->name.value_or("");
    request.replace_oldest = body->replace_oldest.value_or(false);
    request.labels = body->labels;
    const auto answer = [pot](const Later& later, const core::Snapshot& taken) {
        later.answer({201, json_type, wire::encode(to_wire(taken, std::nullopt)), {}, place_of(pot, taken)});
    };
    snapshots_.take(pot, request, on_reply<core::Snapshot>(exchange.later(), pot, answer), exchange.along());
}

void SnapshotRoutes::remove(Exchange& exchange) {
    const std::string pot(exchange.parameter(0));
    const auto answer = [](const Later& later) { later.answer({204, {}, {}, {}, {}}); };
    snapshots_.remove(pot, exchange.parameter(1), on_reply<void>(exchange.later(), pot, answer),
                      exchange.along());
}

void SnapshotRoutes::purge(Exchange& exchange) {
    const auto asked = value_or_fail(exchange, read_purge_query(exchange.query()));
    if (!asked) return;
    const std::string pot(exchange.parameter(0));
    const auto answer = [this, pot](const Later& later, const std::vector<core::Snapshot>& /*removed*/) {
        answer_list(later, pot, {});
    };
    snapshots_.purge(pot, *asked, on_reply<std::vector<core::Snapshot>>(exchange.later(), pot, answer),
                     exchange.along());
}

void SnapshotRoutes::roll_back(Exchange& exchange) {
    const auto body = read_body<wire::RollbackRequest>(exchange, true);
    if (!body) return;
    const std::string pot(exchange.parameter(0));
    core::SnapshotService::GoingBack request;
    request.snapshot = body->snapshot.value_or("");
    request.destroy_newer = body->destroy_newer.value_or(false);
    snapshots_.roll_back(pot, request, answer_pot(exchange, pot, texts_));
}

/// What the pot would be is read later; this is for its errors and its secrets alone, as of a change. Nothing
/// after having answered.
std::optional<core::SecretChange> SnapshotRoutes::secrets_of_clone(Exchange& exchange, const std::string& pot,
                                                                   const std::string& changes) {
    wire::PotSpec part;
    if (!changes.empty()) {
        if (auto problem = wire::decode(changes, part, wire::Mode::Patch)) {
            if (problem->field.empty()) *problem = {problem->code, "changes", "changes: expected an object"};
            place_in_changes(problem->field, problem->message);
            exchange.fail(to_problem(*problem));
            return std::nullopt;
        }
    }
    core::SecretChange secrets = secret_change(std::move(part.env_secret), false);
    const core::PotPtr source = pots_.find(pot);
    if (!source) return secrets;
    auto copied = secrets_.copy_of(source->id, std::move(secrets));
    if (copied) return *std::move(copied);
    exchange.fail(in_changes(std::move(copied).error()), pot);
    return std::nullopt;
}

core::SnapshotService::Cloning SnapshotRoutes::cloning_of(const wire::CloneRequest& body,
                                                          const core::PrincipalPtr& who) {
    core::SnapshotService::Cloning request;
    request.name = body.name;
    request.snapshot = body.snapshot.value_or("");
    request.take = body.take_snapshot.value_or(false);
    request.change = [this, text = body.changes.json, who](core::PotSpec& spec) -> core::Status {
        const HiddenNeeds hidden(*who, pots_, spec);
        if (!hidden.empty() && !has_member(text, "depends_on")) return needs_another();
        if (!text.empty()) {
            if (auto merged = merge_spec(spec, text); !merged) return merged;
        }
        return check_spec(*who, pots_, spec, nullptr);
    };
    return request;
}

void SnapshotRoutes::clone(Exchange& exchange) {
    auto body = read_body<wire::CloneRequest>(exchange);
    if (!body) return;
    const std::string pot(exchange.parameter(0));
    auto secrets = secrets_of_clone(exchange, pot, body->changes.json);
    if (!secrets) return;
    core::Status may = check_flavours(*exchange.principal(), body->flavours);
    if (may) may = secrets_.check(nullptr, *secrets);
    if (!may) return exchange.fail(in_changes(may.error()), pot);
    auto request = cloning_of(*body, exchange.principal());
    if (!body->flavours.empty()) {
        if (!secrets->empty()) return exchange.fail(in_changes(secrets_with_flavours()), pot);
        core::FlavourService::Asked asked{std::move(body->flavours), body->keep_on_failure.value_or(false),
                                          exchange.operation()};
        return flavours_.clone(asked, pot, std::move(request),
                               in_changes(answer_new_pot(exchange, pot, texts_)));
    }
    auto along = secrets_.boarding(pots_.new_id(), *std::move(secrets), exchange.along());
    if (!along) return exchange.fail(along.error(), pot);
    snapshots_.clone(pot, request, in_changes(answer_new_pot(exchange, pot, texts_)), *std::move(along));
}

void SnapshotRoutes::promote(Exchange& exchange) {
    if (!read_body<wire::EmptyRequest>(exchange, true)) return;
    const std::string pot(exchange.parameter(0));
    snapshots_.promote(pot, answer_pot(exchange, pot, texts_), exchange.along());
}

}  // namespace potd::api
