#include "api/door/audit_trail.hpp"

#include "api/http/exchange.hpp"
#include "core/base/shortened.hpp"
#include "core/model/names.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {
namespace {

using core::AuditOutcome;

/// Of what a client sends: it pays for its own texts, but not with all that is kept.
constexpr std::size_t longest_path = 256;
constexpr std::size_t longest_name = 128;

std::string within(std::string_view text, std::size_t most) {
    return core::is_text(text) ? core::shortened(text, most) : "(bytes)";
}

std::string peer_text(const Peer& peer) {
    if (!peer.address.empty()) return "tcp " + peer.address;
    if (peer.uid < 0) return "unknown";
    std::string text = "unix";
    if (peer.pid >= 0) text += " pid " + std::to_string(peer.pid);
    text += " uid " + std::to_string(peer.uid);
    if (!peer.gids.empty()) text += " gid " + std::to_string(peer.gids.front());
    return text;
}

/// What stands for {name} in a path of a pot.
std::optional<std::string> named_pot(std::string_view route, std::string_view path) {
    constexpr std::string_view of_pot = "/v1/pots/";
    if (!route.starts_with("/v1/pots/{") || !path.starts_with(of_pot)) return std::nullopt;
    path.remove_prefix(of_pot.size());
    return percent_decode(path.substr(0, path.find('/')));
}

bool only_reads(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

AuditOutcome outcome_of(const RequestRecord& record) {
    constexpr int first_error = 400;
    if (record.exchange->refused() || record.status == 401 || record.status == 403)
        return AuditOutcome::Denied;
    if (record.status == 0) return AuditOutcome::Unanswered;
    return record.status < first_error ? AuditOutcome::Done : AuditOutcome::Failed;
}

}  // namespace

void AuditTrail::begin(Exchange& exchange, const Route& route, const core::Principal& who) {
    const Request& request = exchange.request();
    if (!route.acts && route.method == Method::Get) return;
    auto record = std::make_shared<core::AuditRecord>();
    core::AuditEntry& entry = record->entry;
    entry.actor = core::to_string(who);
    entry.role = core::to_string(who.grant.role);
    entry.peer = peer_text(request.peer);
    entry.method = request.method_text;
    entry.request = request.id;
    place(entry, route.pattern, request.path);
    log_.begin(entry);
    exchange.set_audit(std::move(record));
}

void AuditTrail::place(core::AuditEntry& entry, std::string_view route, std::string_view path) const {
    entry.route = route;
    entry.path = within(path, longest_path);
    const auto name = named_pot(route, path);
    if (!name) return;
    const core::PotPtr pot = pots_.find(*name);
    entry.pot = pot ? pot->spec.name : within(*name, longest_name);
    if (pot) entry.pot_id = pot->id.text;
}

void AuditTrail::fill(core::AuditEntry& entry, const Exchange& exchange) const {
    if (const auto& refused = exchange.refused()) {
        entry.actor = refused->actor;
        entry.role = refused->role;
    } else if (const auto& who = exchange.principal()) {
        entry.actor = core::to_string(*who);
        entry.role = core::to_string(who->grant.role);
    }
    entry.peer = peer_text(exchange.request().peer);
}

void AuditTrail::ended(const RequestRecord& record) {
    if (record.exchange == nullptr) return;
    const AuditOutcome outcome = outcome_of(record);
    if (const auto& begun = record.exchange->audit()) {
        begun->end.outcome = outcome;
        begun->end.status = record.status;
        if (begun->end.created.starts_with("/v1/operations/")) begun->end.created.clear();
        if (outcome != AuditOutcome::Done) begun->end.fields.clear();
        return log_.end(*begun);
    }
    const bool read = reads_ && !record.route.empty() && only_reads(record.method);
    if (outcome != AuditOutcome::Denied && !read) return;
    core::AuditRecord whole;
    whole.entry.method = within(record.method, longest_name);
    whole.entry.request = record.id;
    place(whole.entry, record.route, record.path);
    fill(whole.entry, *record.exchange);
    whole.end.outcome = outcome;
    whole.end.status = record.status;
    log_.add(whole);
}

void AuditTrail::answered(const RequestRecord& record) {
    ended(record);
    if (next_ != nullptr) next_->answered(record);
}

void AuditTrail::left(const RequestRecord& record) {
    ended(record);
    if (next_ != nullptr) next_->left(record);
}

void AuditTrail::crashed(const RequestRecord& record, std::string_view what) {
    if (next_ != nullptr) next_->crashed(record, what);
}

void AuditTrail::not_greeted(std::string_view address, std::string_view why) {
    if (next_ != nullptr) next_->not_greeted(address, why);
}

}  // namespace potd::api
