#include "api/route/fscomp_snapshot_routes.hpp"

#include "api/route/fscomp_routes.hpp"
#include "api/route/purge_query.hpp"
#include "api/route/reply.hpp"
#include "openapi/wire/snapshot.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace potd::api {

wire::FscompSnapshot to_wire(const core::VolumeSnapshot& snapshot, std::optional<std::int64_t> size) {
    return {snapshot.key.volume,
            snapshot.name,
            snapshot.key.number,
            core::format_time(snapshot.created_at),
            size,
            snapshot.labels,
            snapshot.scheduled};
}

void FscompSnapshotRoutes::add_to(Router& router) {
    const std::string one = "/v1/fscomps/{name}";
    const std::string all = one + "/snapshots";
    const auto add = [&](Method method, const std::string& pattern, std::vector<std::string> query,
                         void (FscompSnapshotRoutes::*act)(Exchange&),
                         std::optional<core::OperationKind> kind) {
        std::vector<std::string_view> accepts;
        if (method == Method::Post) accepts.emplace_back(json_type);
        const core::Role least = method == Method::Get ? core::Role::Viewer : core::Role::Developer;
        router.add({method,
                    pattern,
                    {least, Reach::Rest},
                    std::move(query),
                    std::move(accepts),
                    {json_type},
                    [this, act](Exchange& exchange) { (this->*act)(exchange); },
                    kind});
    };
    using Kind = core::OperationKind;
    add(Method::Get, all, {"label"}, &FscompSnapshotRoutes::list, {});
    add(Method::Post, all, {}, &FscompSnapshotRoutes::take, Kind::Snapshot);
    add(Method::Delete, all, {"keep", "older_than", "label"}, &FscompSnapshotRoutes::purge,
        Kind::PurgeSnapshots);
    add(Method::Get, all + "/{snapshot}", {}, &FscompSnapshotRoutes::get, {});
    add(Method::Delete, all + "/{snapshot}", {}, &FscompSnapshotRoutes::remove, Kind::RemoveSnapshot);
    add(Method::Post, one + "/rollback", {}, &FscompSnapshotRoutes::roll_back, Kind::Rollback);
    add(Method::Post, one + "/clone", {}, &FscompSnapshotRoutes::clone, Kind::CreateVolume);
}

void FscompSnapshotRoutes::answer_list(const Later& later, const std::string& volume,
                                       const core::LabelFilter& filter) {
    auto found = snapshots_.list(volume);
    if (!found) return later.fail(found.error());
    std::erase_if(*found, [&](const core::VolumeSnapshot& one) { return !filter.matches(one.labels); });
    const auto answer = [known = *found](const Later& to, const std::vector<std::int64_t>& sizes) {
        wire::FscompSnapshotList body;
        for (std::size_t i = 0; i < known.size(); ++i) body.items.push_back(to_wire(known[i], sizes[i]));
        answer_json(to, body);
    };
    snapshots_.measure(*found, on_reply<std::vector<std::int64_t>>(later, {}, answer));
}

void FscompSnapshotRoutes::list(Exchange& exchange) {
    const auto filter = value_or_fail(exchange, read_label_query(exchange.query()));
    if (filter) answer_list(exchange.later(), std::string(exchange.parameter(0)), *filter);
}

void FscompSnapshotRoutes::get(Exchange& exchange) {
    const auto found = snapshots_.find(exchange.parameter(0), exchange.parameter(1));
    if (!found) return exchange.fail(found.error());
    const auto answer = [snapshot = *found](const Later& to, const std::vector<std::int64_t>& sizes) {
        answer_json(to, to_wire(snapshot, sizes.front()));
    };
    snapshots_.measure({*found}, on_reply<std::vector<std::int64_t>>(exchange.later(), {}, answer));
}

void FscompSnapshotRoutes::take(Exchange& exchange) {
    const auto body = read_body<wire::SnapshotRequest>(exchange, true);
    if (!body) return;
    const core::VolumeSnapshots::Taking request{body->name.value_or(""), body->replace_oldest.value_or(false),
                                                body->labels};
    const auto answer = [](const Later& later, const core::VolumeSnapshot& taken) {
        const std::string place =
            "Location: /v1/fscomps/" + taken.key.volume + "/snapshots/" + taken.name + "\r\n";
        later.answer({201, json_type, wire::encode(to_wire(taken, std::nullopt)), {}, place});
    };
    snapshots_.take(exchange.parameter(0), request,
                    on_reply<core::VolumeSnapshot>(exchange.later(), {}, answer), exchange.along());
}

void FscompSnapshotRoutes::remove(Exchange& exchange) {
    const auto answer = [](const Later& later) { later.answer({204, {}, {}, {}, {}}); };
    snapshots_.remove(exchange.parameter(0), exchange.parameter(1),
                      on_reply<void>(exchange.later(), {}, answer), exchange.along());
}

void FscompSnapshotRoutes::purge(Exchange& exchange) {
    const auto asked = value_or_fail(exchange, read_purge_query(exchange.query()));
    if (!asked) return;
    const std::string volume(exchange.parameter(0));
    const auto answer = [this, volume](const Later& later,
                                       const std::vector<core::VolumeSnapshot>& /*removed*/) {
        answer_list(later, volume, {});
    };
    snapshots_.purge(volume, *asked,
                     on_reply<std::vector<core::VolumeSnapshot>>(exchange.later(), {}, answer),
                     exchange.along());
}

void FscompSnapshotRoutes::roll_back(Exchange& exchange) {
    const auto body = read_body<wire::RollbackRequest>(exchange, true);
    if (!body) return;
    const core::VolumeSnapshots::GoingBack request{body->snapshot.value_or(""),
                                                   body->destroy_newer.value_or(false)};
    const auto answer = [this](const Later& later, const core::Volume& volume) {
        answer_json(later, to_wire(volume, volumes_.uses(), std::nullopt));
    };
    snapshots_.roll_back(exchange.parameter(0), request,
                         on_reply<core::Volume>(exchange.later(), {}, answer));
}

void FscompSnapshotRoutes::clone(Exchange& exchange) {
    const auto body = read_body<wire::FscompCloneRequest>(exchange);
    if (!body) return;
    const auto quota = value_or_fail(exchange, quota_of(body->quota));
    if (!quota) return;
    // The operation is about the new one, as with an empty one.
    operations_.set_volume(exchange.operation(), body->name);
    const core::VolumeSnapshots::Cloning request{body->name, body->snapshot.value_or(""),
                                                 body->take_snapshot.value_or(false),
                                                 body->quota.text.empty() ? std::nullopt : quota};
    const auto answer = [this](const Later& later, const core::Volume& volume) {
        answer_new_volume(later, volume, volumes_);
    };
    snapshots_.clone(exchange.parameter(0), request, on_reply<core::Volume>(exchange.later(), {}, answer),
                     exchange.along());
}

}  // namespace potd::api
