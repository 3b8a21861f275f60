#include "api/door/door.hpp"

#include "api/door/foreign_page.hpp"
#include "api/door/veil.hpp"
#include "api/route/reply.hpp"

#include <utility>

namespace potd::api {
namespace {

using core::Principal;

void note_refused(Exchange& exchange, const Principal& who) {
    exchange.set_refused({core::to_string(who), std::string(core::to_string(who.grant.role))});
}

void refuse_role(Exchange& exchange, const Principal& who, core::Role needed) {
    note_refused(exchange, who);
    exchange.fail({403,
                   "permission_denied",
                   core::to_string(who) + " has the role " + std::string(core::to_string(who.grant.role)) +
                       "; this needs the role " + std::string(core::to_string(needed)),
                   {},
                   {}});
}

void refuse_scope(Exchange& exchange, const Principal& who) {
    note_refused(exchange, who);
    exchange.fail({403,
                   "permission_denied",
                   core::to_string(who) + " has access to pots with the labels " +
                       core::to_string(who.grant.scope) + " only, and to nothing that is not a pot's",
                   {},
                   {}});
}

void refuse_page(Exchange& exchange, const core::Error& why) {
    exchange.set_refused({"a page of another site", {}});
    exchange.fail(why);
}

std::string unknown_names(const std::vector<std::string>& names) {
    return names.empty() ? std::string()
                         : "access.certificates gives no role to the certificate of " + names.front() + "; ";
}

/// Whether the second goes before the first, of the same client.
bool is_wider(const core::Grant& so_far, const core::Grant& other) {
    return other.role > so_far.role || (other.role == so_far.role && other.scope.empty());
}

bool includes(const core::Grant& now, const core::Grant& before) {
    return now.role >= before.role && (now.scope.empty() || now.scope == before.scope);
}

/// Whoever has no role is known all the same.
void refuse_stranger(Exchange& exchange) {
    const std::int64_t uid = exchange.request().peer.uid;
    const bool has_credentials = exchange.request().header("Authorization").has_value();
    const std::string socket_user = uid < 0 ? "nobody" : "uid " + std::to_string(uid);
    exchange.set_refused({has_credentials ? "bad token" : socket_user, {}});
    if (uid < 0 || has_credentials) {
        const std::string why = has_credentials ? "the token is not known, has expired or was revoked"
                                                : unknown_names(exchange.request().peer.names) +
                                                      "a token is needed: Authorization: Bearer potd_…";
        return exchange.fail({401, "unauthenticated", why, {}, {}},
                             "WWW-Authenticate: Bearer realm=\"potd\"\r\n");
    }
    exchange.fail({403,
                   "permission_denied",
                   "uid " + std::to_string(uid) +
                       " has no role; access.users, access.groups and access.others of " +
                       "potd's configuration give roles",
                   {},
                   {}});
}

}  // namespace

void Door::set_rules(AccessRules rules) {
    rules_ = std::move(rules);
    last_peer_ = nullptr;
    last_certificate_ = nullptr;
}

core::PrincipalPtr Door::admit(Exchange& exchange, const Route& route) {
    if (const auto page = check_page(exchange.request()); !page)
        return refuse_page(exchange, page.error()), nullptr;
    core::PrincipalPtr who = identify(exchange.request());
    if (!who) return refuse_stranger(exchange), nullptr;
    if (who->grant.role < route.access.least) return refuse_role(exchange, *who, route.access.least), nullptr;
    if (!who->is_scoped()) return who;
    exchange.set_veil([this, who, own = own_words(*who, pots_, exchange.request())](
                          const core::Error& error) { return veiled(*who, pots_, error, own); });
    if (route.access.reach == Reach::Rest) return refuse_scope(exchange, *who), nullptr;
    if (route.access.reach == Reach::Pot) {
        const std::string_view name = exchange.parameter(0);
        const core::PotPtr pot = pots_.find(name);
        if (!pot || !who->sees(pot->spec.labels)) {
            note_refused(exchange, *who);
            return exchange.fail(unknown_pot(name), name), nullptr;
        }
        exchange.set_pot(pot->id.text);
    }
    return who;
}

bool Door::holds(const Principal& who, const Peer& peer, std::string_view pot) const {
    if (!has_right(who, peer)) return false;
    const core::PotPtr found = pot.empty() ? nullptr : pots_.with_id(pot);
    return !found || who.sees(found->spec.labels);
}

bool Door::has_right(const Principal& who, const Peer& peer) const {
    if (who.kind == Principal::Kind::Token) return tokens_.holds(who.token);
    if (who.kind == Principal::Kind::Certificate) {
        const auto* const named = certificate_of(peer);
        return named != nullptr && includes(named->second, who.grant);
    }
    const auto now = grant_of(peer);
    return now && includes(*now, who.grant);
}

/// A token counts instead of who has it, also if it is worth less; one that is not good is worth nothing.
core::PrincipalPtr Door::identify(const Request& request) {
    std::optional<std::string_view> credentials;
    for (const Header& header : request.headers) {
        if (!equal_ignoring_case(header.name, "Authorization")) continue;
        if (credentials) return nullptr;
        credentials = header.value;
    }
    return credentials ? of_authorization(*credentials) : of_peer(request.peer);
}

core::PrincipalPtr Door::of_authorization(std::string_view header) {
    constexpr std::string_view scheme = "Bearer ";
    if (!equal_ignoring_case(header.substr(0, scheme.size()), scheme)) return nullptr;
    const std::string_view secret = header.substr(scheme.size());
    if (!secret.starts_with(secret_prefix)) return nullptr;
    const std::string hash = key_.hash(secret);
    const core::Token* const token = hash.empty() ? nullptr : tokens_.use(hash);
    if (token == nullptr || !TokenKey::equal(token->hash, hash)) return nullptr;
    return made(Principal::Kind::Token, token->name, token->grant, hash);
}

/// One after the other they are mostly the same.
core::PrincipalPtr Door::of_peer(const Peer& peer) {
    if (peer.uid < 0) return peer.names.empty() ? nullptr : of_certificate(peer);
    if (last_peer_ && last_uid_ == peer.uid) return last_peer_;
    const auto grant = grant_of(peer);
    if (!grant) return nullptr;
    auto who = made(Principal::Kind::Uid, std::to_string(peer.uid), *grant);
    // Two processes of one uid may be in different groups.
    if (rules_.users.contains(peer.uid) || rules_.groups.empty()) {
        last_peer_ = who;
        last_uid_ = peer.uid;
    }
    return who;
}

std::optional<core::Grant> Door::grant_of(const Peer& peer) const {
    if (const auto user = rules_.users.find(peer.uid); user != rules_.users.end()) return user->second;
    std::optional<core::Grant> best;
    for (const std::int64_t gid : peer.gids) {
        const auto group = rules_.groups.find(gid);
        if (group == rules_.groups.end()) continue;
        if (!best || is_wider(*best, group->second)) best = group->second;
    }
    return best ? best : rules_.others;
}

const std::pair<const std::string, core::Grant>* Door::certificate_of(const Peer& peer) const {
    const std::pair<const std::string, core::Grant>* best = nullptr;
    for (const std::string& name : peer.names) {
        const auto found = rules_.certificates.find(name);
        if (found == rules_.certificates.end()) continue;
        if (best == nullptr || is_wider(best->second, found->second)) best = &*found;
    }
    return best;
}

core::PrincipalPtr Door::of_certificate(const Peer& peer) {
    if (last_certificate_ && last_names_ == peer.names) return last_certificate_;
    const auto* const best = certificate_of(peer);
    if (best == nullptr) return nullptr;
    last_certificate_ = made(Principal::Kind::Certificate, best->first, best->second);
    last_names_ = peer.names;
    return last_certificate_;
}

core::PrincipalPtr Door::made(Principal::Kind kind, std::string name, const core::Grant& grant,
                              std::string token) const {
    Principal who{kind, std::move(name), grant, {}, std::move(token)};
    if (grant.role == core::Role::Developer) who.reaches = rules_.developers;
    if (grant.role == core::Role::Admin) who.reaches.set();
    return std::make_shared<const Principal>(std::move(who));
}

}  // namespace potd::api
