#include "api/route/token_routes.hpp"

#include "api/route/reply.hpp"

#include <string>
#include <utility>

namespace potd::api {
namespace {

std::optional<std::string> time_text(const std::optional<core::WallTime>& time) {
    return time ? std::optional(core::format_time(*time)) : std::nullopt;
}

/// A duration from `now`, or a time.
core::Result<core::WallTime> read_expiry(const std::string& text, core::WallTime now) {
    if (const auto span = core::parse_duration(text, "expires"))
        return core::WallTime{now.ms + span->count()};
    if (auto time = core::parse_time(text)) return *time;
    return core::invalid_field("expires", text,
                               "a duration such as 720h, or a time such as 2026-01-31T12:00:00Z");
}

}  // namespace

void TokenRoutes::add_to(Router& router) {
    const Access access{core::Role::Admin, Reach::Rest};
    router.add(
        {Method::Get, "/v1/tokens", access, {"limit", "after"}, {}, {json_type}, [this](Exchange& exchange) {
             list(exchange);
         }});
    router.add({Method::Post, "/v1/tokens", access, {}, {json_type}, {json_type}, [this](Exchange& exchange) {
                    create(exchange);
                }});
    router.add({Method::Get, "/v1/tokens/{name}", access, {}, {}, {json_type}, [this](Exchange& exchange) {
                    get(exchange);
                }});
    router.add({Method::Delete, "/v1/tokens/{name}", access, {}, {}, {}, [this](Exchange& exchange) {
                    revoke(exchange);
                }});
}

wire::Token TokenRoutes::shown(const core::Token& token) const {
    wire::Token out;
    out.name = token.name;
    out.role = core::to_string(token.grant.role);
    if (!token.grant.scope.empty()) out.selector = core::to_string(token.grant.scope);
    out.created_by = token.made_by;
    out.created_at = core::format_time(token.created_at);
    out.expires_at = time_text(token.expires_at);
    out.used_at = time_text(token.used_at);
    out.expired = token.is_expired(clock_.wall());
    return out;
}

void TokenRoutes::list(Exchange& exchange) const {
    const auto page = value_or_fail(exchange, page_query(exchange.query()));
    if (!page) return;
    wire::TokenList body;
    for (const core::Token& token : tokens_.list()) {
        if (!page->after.empty() && token.name <= page->after) continue;
        if (body.items.size() == page->limit) {
            body.next = body.items.back().name;
            break;
        }
        body.items.push_back(shown(token));
    }
    answer_json(exchange, body);
}

void TokenRoutes::get(Exchange& exchange) const {
    const core::Token* const token = tokens_.find(exchange.parameter(0));
    if (token == nullptr) return exchange.fail(core::TokenService::unknown(exchange.parameter(0)));
    answer_json(exchange, shown(*token));
}

core::Result<core::Token> TokenRoutes::asked(const wire::TokenRequest& body) const {
    core::Token token;
    token.name = body.name;
    const auto role = core::role_from(body.role);
    if (!role) return core::invalid_field("role", body.role, "viewer, operator, developer or admin");
    // A name that is empty by mistake must not give all pots.
    if (body.selector && body.selector->empty())
        return core::invalid_field("selector", "", "labels as in team=web, or null for all pots");
    auto scope = core::label_selector_from(body.selector.value_or(""), "selector");
    if (!scope) return std::move(scope).error();
    token.grant = {*role, *std::move(scope)};
    if (body.expires) {
        const auto expiry = read_expiry(*body.expires, clock_.wall());
        if (!expiry) return expiry.error();
        token.expires_at = *expiry;
    }
    return token;
}

void TokenRoutes::create(Exchange& exchange) {
    const auto body = read_body<wire::TokenRequest>(exchange);
    if (!body) return;
    auto token = value_or_fail(exchange, asked(*body));
    if (!token) return;
    const auto secret = value_or_fail(exchange, TokenKey::new_secret());
    if (!secret) return;
    token->hash = key_.hash(*secret);
    if (token->hash.empty())
        return exchange.fail(core::error(core::ErrorKind::Internal, "the secret cannot be hashed"));
    token->made_by = core::to_string(*exchange.principal());
    const auto answer = [this, secret = *secret](const Later& later, const core::Token& made) {
        const std::string headers = "Location: /v1/tokens/" + made.name + "\r\nCache-Control: no-store\r\n";
        later.answer({201, json_type, wire::encode(wire::NewToken{shown(made), secret}), {}, headers});
    };
    tokens_.create(*std::move(token), on_reply<core::Token>(exchange.later(), {}, answer));
}

void TokenRoutes::revoke(Exchange& exchange) {
    const auto answer = [](const Later& later) { later.answer({204, {}, {}, {}, {}}); };
    const Later later = exchange.later();
    later.set_owed();  // it may be the token of who asks
    tokens_.revoke(exchange.parameter(0), on_reply<void>(later, {}, answer));
}

}  // namespace potd::api
