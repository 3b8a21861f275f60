#include "api/route/pot_routes.hpp"

#include "api/convert/records.hpp"
#include "api/convert/secrets.hpp"
#include "api/convert/spec.hpp"
#include "api/convert/spec_json.hpp"
#include "api/door/hidden_needs.hpp"
#include "api/door/spec_check.hpp"
#include "api/door/veil.hpp"
#include "api/route/reply.hpp"
#include "api/route/version_tag.hpp"
#include "core/model/labels.hpp"
#include "openapi/wire/codec.hpp"
#include "openapi/wire/pot.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

struct Filter {
    std::optional<core::PotState> state;
    core::LabelFilter label;
    core::LabelSelector scope;  ///< of whoever asks

    [[nodiscard]] bool empty() const { return !state && label.key.empty() && scope.empty(); }
    [[nodiscard]] bool matches(const core::Pot& pot) const {
        return (!state || pot.state == *state) && label.matches(pot.spec.labels) &&
               scope.matches(pot.spec.labels);
    }
};

core::Result<Filter> read_filter(const Query& query) {
    Filter filter;
    if (const auto state = query.text("state")) {
        filter.state = core::pot_state_from(*state);
        if (!filter.state) return core::invalid_field("state", *state, "a state of a pot");
    }
    if (const auto label = query.text("label")) {
        auto asked = core::label_filter_from(*label);
        if (!asked) return std::move(asked).error();
        filter.label = *std::move(asked);
    }
    return filter;
}

/// Up to `limit` + 1 pots that match, so that the caller sees whether there are more.
std::vector<core::PotPtr> matching(const core::PotService& pots, const PageQuery& page,
                                   const Filter& filter) {
    if (filter.empty()) return pots.list(page.after, page.limit + 1);
    std::vector<core::PotPtr> found;
    for (const core::PotPtr& pot : pots.list(page.after, std::numeric_limits<std::size_t>::max())) {
        if (filter.matches(*pot)) found.push_back(pot);
        if (found.size() > page.limit) break;
    }
    return found;
}

core::Error decode_failed(const wire::DecodeError& problem) {
    core::Error error = core::error(core::ErrorKind::InvalidArgument, problem.message);
    error.field = problem.field;
    return error;
}

}  // namespace

core::Status merge_spec(core::PotSpec& spec, const std::string& patch) {
    std::string merged;
    if (const auto problem = wire::merge_patch(encode_spec(spec), patch, merged))
        return decode_failed(*problem);
    auto next = decode_spec(merged);
    if (!next) return std::move(next).error();
    spec = std::move(next).value();
    return {};
}

namespace {

/// The spec that a whole one stands for: as in a new pot where it says nothing, but for what cannot change.
core::Status replace_spec(core::PotSpec& spec, const std::string& whole, const core::PotSpec& defaults) {
    const wire::PotSpec present = to_wire(spec, SpecForm::Stored);
    wire::PotSpec kept;
    kept.name = present.name;
    kept.base = present.base;
    kept.type = present.type;
    kept.level = present.level;
    kept.security.user_namespace = present.security.user_namespace;
    std::string merged;
    if (const auto problem = wire::merge_patch(wire::encode(kept), whole, merged))
        return decode_failed(*problem);
    wire::PotSpec wanted;
    if (const auto problem = wire::decode(merged, wanted)) return decode_failed(*problem);
    auto next = to_core(wanted, defaults);
    if (!next) return std::move(next).error();
    spec = std::move(next).value();
    if (spec.hostname.empty()) spec.hostname = spec.name;
    return {};
}

/// As far as it can be said before anything is made.
core::Status check_create(const core::PotService& pots, core::PotSpec spec,
                          const std::optional<std::string>& parent) {
    if (spec.hostname.empty()) spec.hostname = spec.name;
    const core::PotPtr from = parent ? pots.find(*parent) : nullptr;
    if (parent && !from) return core::invalid_field("parent", *parent, "the name of a pot");
    if (from && spec.base.empty()) spec.base = from->spec.base;
    if (core::Status free = pots.check_free_name(spec.name); !free) return free;
    return pots.check_new(spec);
}

}  // namespace

std::string etag_line(const core::Pot& pot) {
    return version_line(pot.version);
}

core::Reply<core::PotPtr> answer_pot(Exchange& exchange, std::string name, PotTexts& texts) {
    const auto answer = [&texts, who = exchange.principal()](const Later& to, const core::PotPtr& pot) {
        if (!pot) return to.answer({204, {}, {}, {}, {}});
        to.answer({200, json_type, {}, texts.text(pot, *who), etag_line(*pot)});
    };
    return on_reply<core::PotPtr>(exchange.later(), std::move(name), answer);
}

core::Reply<core::PotPtr> answer_new_pot(Exchange& exchange, std::string name, PotTexts& texts) {
    const auto answer = [&texts, who = exchange.principal()](const Later& to, const core::PotPtr& pot) {
        const std::string headers = etag_line(*pot) + "Location: /v1/pots/" + pot->spec.name + "\r\n";
        to.answer({201, json_type, {}, texts.text(pot, *who), headers});
    };
    return on_reply<core::PotPtr>(exchange.later(), std::move(name), answer);
}

void PotRoutes::add_changes(Router& router) {
    router.add({Method::Post,
                "/v1/pots/{name}/rename",
                {core::Role::Developer, Reach::Pot},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { rename(exchange); },
                core::OperationKind::Rename});
    router.add({Method::Post,
                "/v1/pots/{name}/mounts",
                {core::Role::Developer, Reach::Pot},
                {},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { mount(exchange); },
                core::OperationKind::Mount});
    router.add({Method::Delete,
                "/v1/pots/{name}/mounts",
                {core::Role::Developer, Reach::Pot},
                {"target"},
                {},
                {json_type},
                [this](Exchange& exchange) { unmount(exchange); },
                core::OperationKind::Unmount});
}

void PotRoutes::add_to(Router& router) {
    add_changes(router);
    router.add({Method::Get,
                "/v1/pots",
                {core::Role::Viewer, Reach::Shown},
                {"limit", "after", "state", "label"},
                {},
                {json_type},
                [this](Exchange& exchange) { list(exchange); }});
    router.add({Method::Post,
                "/v1/pots",
                {core::Role::Developer, Reach::Shown},
                {"dry_run"},
                {json_type},
                {json_type},
                [this](Exchange& exchange) { create(exchange); },
                core::OperationKind::Create});
    router.add({Method::Get,
                "/v1/pots/{name}",
                {core::Role::Viewer, Reach::Pot},
                {},
                {},
                {json_type},
                [this](Exchange& exchange) { get(exchange); }});
    router.add({Method::Patch,
                "/v1/pots/{name}",
                {core::Role::Developer, Reach::Pot},
                {"dry_run", "replace"},
                {"application/merge-patch+json", json_type},
                {json_type},
                [this](Exchange& exchange) { change(exchange); },
                core::OperationKind::Change});
    router.add({Method::Delete,
                "/v1/pots/{name}",
                {core::Role::Developer, Reach::Pot},
                {"force"},
                {},
                {},
                [this](Exchange& exchange) { destroy(exchange); },
                core::OperationKind::Destroy});
}

void PotRoutes::list(Exchange& exchange) {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    auto filter = value_or_fail(exchange, read_filter(exchange.query()));
    if (!filter) return;
    filter->scope = exchange.principal()->grant.scope;
    auto pots = matching(pots_, *page, *filter);
    std::string next;
    if (pots.size() > page->limit) {
        pots.resize(page->limit);
        next = pots.back()->spec.name;
    }
    exchange.answer({200, json_type, {}, texts_.page(pots, next, *exchange.principal()), {}});
}

void PotRoutes::get(Exchange& exchange) {
    const core::PotPtr pot = pots_.find(exchange.parameter(0));
    if (!pot) return exchange.fail(unknown_pot(exchange.parameter(0)), exchange.parameter(0));
    std::array<char, 40> line{'E', 'T', 'a', 'g', ':', ' ', '"'};
    char* end = std::to_chars(line.data() + 7, line.data() + 30, pot->version).ptr;
    for (const char c : {'"', '\r', '\n'}) *end++ = c;
    const std::string_view etag(line.data(), static_cast<std::size_t>(end - line.data()));
    exchange.answer({200, json_type, {}, texts_.text(pot, *exchange.principal()), etag});
}

void PotRoutes::create(Exchange& exchange) {
    const auto dry_run = value_or_fail(exchange, exchange.query().flag("dry_run"));
    if (!dry_run) return;
    auto body = read_body<wire::PotSpec>(exchange);
    if (!body) return;
    const std::optional<std::string> parent = std::exchange(body->parent, std::nullopt);
    core::FlavourService::Asked asked;
    asked.flavours = std::exchange(body->flavours, {});
    asked.keep_on_failure = std::exchange(body->keep_on_failure, std::nullopt).value_or(false);
    asked.operation = exchange.operation();
    core::SecretChange secrets = secret_change(std::exchange(body->env_secret, {}), false);
    auto spec = value_or_fail(exchange, to_core(*body, defaults_));
    if (!spec) return;
    const core::Principal& who = *exchange.principal();
    core::Status may = check_spec(who, pots_, *spec, nullptr);
    if (may) may = check_flavours(who, asked.flavours);
    if (may && parent) may = check_seen(who, pots_, *parent, "parent");
    if (may) may = secrets_.check(nullptr, secrets);
    if (may && !secrets.empty() && !asked.flavours.empty()) may = secrets_with_flavours();
    if (may && *dry_run) may = check_create(pots_, *spec, parent);
    if (!may) return exchange.fail(may.error(), spec->name);
    if (*dry_run) return exchange.answer({204, {}, {}, {}, {}});
    auto along = secrets_.boarding(pots_.new_id(), std::move(secrets), exchange.along());
    if (!along) return exchange.fail(along.error(), spec->name);
    auto answer = answer_new_pot(exchange, spec->name, texts_);
    if (!asked.flavours.empty())
        flavours_.create(asked, *std::move(spec), parent, answer);
    else if (parent)
        snapshots_.derive(*parent, *std::move(spec), std::move(answer), *std::move(along));
    else
        pots_.create(*std::move(spec), std::move(answer), *std::move(along));
}

void PotRoutes::change(Exchange& exchange) {
    const std::string name(exchange.parameter(0));
    const core::PotPtr pot = pots_.find(name);
    if (!pot) return exchange.fail(unknown_pot(name), name);
    const auto version = wanted_version(exchange.request(), "pot " + pot->spec.name, pot->version);
    if (!version) return exchange.fail(version.error(), name);
    const auto dry_run = value_or_fail(exchange, exchange.query().flag("dry_run"));
    if (!dry_run) return;
    const auto replace = value_or_fail(exchange, exchange.query().flag("replace"));
    if (!replace) return;
    // Read for its errors, as a null for an unknown field would vanish in the merge, and for its secrets.
    wire::PotSpec part;
    if (const auto problem = wire::decode(exchange.request().body, part, wire::Mode::Patch)) {
        return exchange.fail(to_problem(*problem));
    }
    if (const auto& recorded = exchange.audit())
        recorded->end.fields = wire::member_names(exchange.request().body);
    core::SecretChange secrets = secret_change(std::move(part.env_secret), *replace);
    if (auto may = secrets_.check(&pot->id, secrets); !may) return exchange.fail(may.error(), name);
    core::PotPatch patch;
    patch.if_version = *version;
    patch.apply = [this, whole = *replace, text = std::string(exchange.request().body),
                   who = exchange.principal()](core::PotSpec& spec) -> core::Status {
        const HiddenNeeds hidden(*who, pots_, spec);
        const core::PotSpec before = spec;
        core::Status able = whole ? replace_spec(spec, text, defaults_) : merge_spec(spec, text);
        if (able) able = check_spec(*who, pots_, spec, &before);
        hidden.put_back(spec);
        return able;
    };
    if (*dry_run) {
        const auto preview = pots_.preview(name, patch);
        if (!preview) return exchange.fail(preview.error(), name);
        // Not by the texts that are kept: this pot is none that there is.
        wire::Pot shown = to_wire(**preview, pots_.limits_now(**preview));
        shown.spec.env_secret.names = secrets_.names_after(pot->id, secrets);
        veil(*exchange.principal(), pots_, shown);
        shown.secrets_changed = secrets_.differing(pot->id, secrets);
        return exchange.answer({200, json_type, wire::encode(shown), {}, etag_line(**preview)});
    }
    auto along = secrets_.boarding(pot->id, std::move(secrets), exchange.along());
    if (!along) return exchange.fail(along.error(), name);
    pots_.change(name, patch, answer_pot(exchange, name, texts_), *std::move(along));
}

void PotRoutes::destroy(Exchange& exchange) {
    const auto force = value_or_fail(exchange, exchange.query().flag("force"));
    if (!force) return;
    const std::string name(exchange.parameter(0));
    if (const core::PotPtr pot = pots_.find(name)) {
        const auto same = check_version(exchange.request(), "pot " + pot->spec.name, pot->version);
        if (!same) return exchange.fail(same.error(), name);
    }
    pots_.destroy(name, *force,
                  on_reply<void>(exchange.later(), name,
                                 [](const Later& later) {
                                     later.answer({204, {}, {}, {}, {}});
                                 }),
                  exchange.along());
}

void PotRoutes::mount(Exchange& exchange) {
    const auto body = read_body<wire::MountSpec>(exchange);
    if (!body) return;
    const auto mount = value_or_fail(exchange, to_core(*body));
    if (!mount) return;
    const std::string name(exchange.parameter(0));
    if (auto may = check_mount(*exchange.principal(), *mount, {}); !may)
        return exchange.fail(may.error(), name);
    pots_.mount(name, *mount, answer_pot(exchange, name, texts_), exchange.along());
}

void PotRoutes::unmount(Exchange& exchange) {
    const auto target = exchange.query().text("target");
    if (!target) return exchange.fail(core::invalid_field("target", "", "the target of a mount of the pot"));
    const std::string name(exchange.parameter(0));
    pots_.unmount(name, std::string(*target), answer_pot(exchange, name, texts_), exchange.along());
}

void PotRoutes::rename(Exchange& exchange) {
    const auto body = read_body<wire::RenameRequest>(exchange);
    if (!body) return;
    const std::string name(exchange.parameter(0));
    pots_.rename(name, body->name, answer_pot(exchange, name, texts_), exchange.along());
}

}  // namespace potd::api
