#include "api/route/fscomp_routes.hpp"

#include "api/convert/spec.hpp"
#include "api/route/reply.hpp"
#include "api/route/version_tag.hpp"
#include "core/base/bytes.hpp"
#include "openapi/wire/codec.hpp"

#include <string>
#include <utility>

namespace potd::api {
namespace {

core::Error unknown_fscomp(std::string_view name) {
    return core::error(core::ErrorKind::NotFound, "no fscomp is called '" + std::string(name) + "'");
}

/// The settings with a merge patch (RFC 7396) applied.
core::Status merge_settings(core::Volume& volume, const std::string& patch) {
    const auto refused = [](const wire::DecodeError& problem) {
        core::Error error = core::error(core::ErrorKind::InvalidArgument, problem.message);
        error.field = problem.field;
        return error;
    };
    std::string merged;
    const wire::FscompSettings present{to_wire(volume.snapshots), {std::to_string(volume.quota)}};
    wire::FscompSettings settings;
    if (const auto problem = wire::merge_patch(wire::encode(present), patch, merged))
        return refused(*problem);
    if (const auto problem = wire::decode(merged, settings)) return refused(*problem);
    auto schedule = to_core(settings.snapshots);
    if (!schedule) return std::move(schedule).error();
    auto quota = quota_of(settings.quota);
    if (!quota) return std::move(quota).error();
    volume.snapshots = *schedule;
    volume.quota = *quota;
    return {};
}

}  // namespace

core::Result<std::int64_t> quota_of(const wire::Loose& quota) {
    return quota.text.empty() ? core::Result<std::int64_t>(0) : core::parse_bytes(quota.text, "quota");
}

wire::Fscomp to_wire(const core::Volume& volume, const core::VolumeService::Uses& uses,
                     std::optional<std::int64_t> bytes) {
    wire::Fscomp out{volume.name, core::format_time(volume.created_at), {}, bytes, to_wire(volume.snapshots),
                     {}};
    if (volume.quota != 0) out.quota = volume.quota;
    if (const auto found = uses.find(volume.name); found != uses.end()) {
        for (const core::VolumeUse& use : found->second)
            out.used_by.push_back({use.pot, use.target, use.read_only ? "ro" : "rw"});
    }
    return out;
}

void answer_new_volume(const Later& later, const core::Volume& volume, const core::VolumeService& volumes) {
    const std::string headers =
        version_line(volume.version) + "Location: /v1/fscomps/" + volume.name + "\r\n";
    later.answer({201, json_type, wire::encode(to_wire(volume, volumes.uses(), std::nullopt)), {}, headers});
}

void FscompRoutes::add_to(Router& router) {
    router.add({Method::Get,
                "/v1/fscomps",
                {core::Role::Viewer, Reach::Rest},
                {"limit", "after", "size"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Post,
                "/v1/fscomps",
                {core::Role::Developer, Reach::Rest},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { create(exchange); },
                core::OperationKind::CreateVolume});
    router.add({Method::Get,
                "/v1/fscomps/{name}",
                {core::Role::Viewer, Reach::Rest},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
    router.add({Method::Patch,
                "/v1/fscomps/{name}",
                {core::Role::Developer, Reach::Rest},
                {},
                {"application/merge-patch+json", json_type},
                {json_type},
                [this](Exchange& exchange) { change(exchange); },
                core::OperationKind::ChangeVolume});
    router.add({Method::Delete,
                "/v1/fscomps/{name}",
                {core::Role::Developer, Reach::Rest},
                {},
                {},
                {},
                [this](Exchange& exchange) { remove(exchange); },
                core::OperationKind::RemoveVolume});
}

void FscompRoutes::list(Exchange& exchange) const {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    const auto sizes = value_or_fail(exchange, exchange.query().flag("size"));
    if (!sizes) return;
    const auto uses = volumes_.uses();
    auto body = std::make_shared<wire::FscompList>();
    for (const core::Volume& volume : volumes_.list()) {
        if (!page->after.empty() && volume.name <= page->after) continue;
        if (body->items.size() == page->limit) {
            body->next = body->items.back().name;
            break;
        }
        body->items.push_back(to_wire(volume, uses, std::nullopt));
    }
    if (!*sizes) return answer_json(exchange, *body);
    measure_from(0, body, exchange.later());
}

/// One after the other; what goes meanwhile has no size.
void FscompRoutes::measure_from(std::size_t index, const std::shared_ptr<wire::FscompList>& body,
                                const Later& later) const {
    if (index == body->items.size()) return answer_json(later, *body);
    volumes_.measure(body->items[index].name,
                     [this, index, body, later](const core::Result<std::int64_t>& bytes) {
                         guarded(later, [&] {
                             if (!bytes && bytes.error().kind != core::ErrorKind::NotFound)
                                 return later.fail(bytes.error());
                             if (bytes) body->items[index].bytes = *bytes;
                             measure_from(index + 1, body, later);
                         });
                     });
}

void FscompRoutes::get(Exchange& exchange) const {
    const core::Volume* volume = volumes_.find(exchange.parameter(0));
    if (volume == nullptr) return exchange.fail(unknown_fscomp(exchange.parameter(0)));
    const auto answer = [this, volume = *volume](const Later& later, std::int64_t bytes) {
        later.answer({200,
                      json_type,
                      wire::encode(to_wire(volume, volumes_.uses(), bytes)),
                      {},
                      version_line(volume.version)});
    };
    volumes_.measure(volume->name, on_reply<std::int64_t>(exchange.later(), {}, answer));
}

void FscompRoutes::create(Exchange& exchange) {
    const auto body = read_body<wire::FscompRequest>(exchange);
    if (!body) return;
    const auto schedule = value_or_fail(exchange, to_core(body->snapshots));
    if (!schedule) return;
    const auto quota = value_or_fail(exchange, quota_of(body->quota));
    if (!quota) return;
    operations_.set_volume(exchange.operation(), body->name);
    const auto answer = [this](const Later& later, const core::Volume& volume) {
        answer_new_volume(later, volume, volumes_);
    };
    core::Volume wanted;
    wanted.name = body->name;
    wanted.quota = *quota;
    wanted.snapshots = *schedule;
    volumes_.create(std::move(wanted), on_reply<core::Volume>(exchange.later(), {}, answer),
                    exchange.along());
}

void FscompRoutes::change(Exchange& exchange) {
    const std::string text(exchange.request().body);
    wire::FscompSettings part;  // read for its errors alone, as of a pot's change
    if (const auto problem = wire::decode(text, part, wire::Mode::Patch))
        return exchange.fail(to_problem(*problem));
    const std::string name(exchange.parameter(0));
    const core::Volume* present = volumes_.find(name);
    if (present == nullptr) return exchange.fail(unknown_fscomp(name));
    const auto version =
        value_or_fail(exchange, wanted_version(exchange.request(), "fscomp " + name, present->version));
    if (!version) return;
    const auto answer = [this](const Later& later, const core::Volume& changed) {
        later.answer({200,
                      json_type,
                      wire::encode(to_wire(changed, volumes_.uses(), std::nullopt)),
                      {},
                      version_line(changed.version)});
    };
    volumes_.change(name, {[text](core::Volume& volume) { return merge_settings(volume, text); }, *version},
                    on_reply<core::Volume>(exchange.later(), {}, answer), exchange.along());
}

void FscompRoutes::remove(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    if (const core::Volume* present = volumes_.find(name)) {
        const auto same = check_version(exchange.request(), "fscomp " + name, present->version);
        if (!same) return exchange.fail(same.error());
    }
    const auto answer = [](const Later& later) { later.answer({204, {}, {}, {}, {}}); };
    volumes_.remove(name, on_reply<void>(exchange.later(), {}, answer), exchange.along());
}

}  // namespace potd::api
