#include "core/service/token_service.hpp"

#include "core/model/names.hpp"

#include <utility>

namespace potd::core {
namespace {

Event token_event(std::string type, const Token& token, WallTime now) {
    Event event;
    event.time = now;
    event.type = std::move(type);
    event.details = {{"name", token.name},
                     {"role", std::string(to_string(token.grant.role))},
                     {"selector", to_string(token.grant.scope)}};
    return event;
}

}  // namespace

void TokenService::recover(std::vector<Token> stored) {
    for (Token& token : stored) {
        names_[token.hash] = token.name;
        const WallTime used = token.used_at.value_or(WallTime{});
        std::string name = token.name;
        entries_.insert_or_assign(std::move(name), Entry{std::move(token), used});
    }
}

void TokenService::create(Token token, Reply<Token> reply) {
    token.created_at = ports_.clock.wall();
    Status able = check_name(token.name);
    if (able && token.is_expired(token.created_at))
        able = invalid_field("expires", format_time(*token.expires_at), "a time to come");
    if (able && entries_.contains(token.name)) {
        Error taken = error(ErrorKind::Conflict, "name: there is a token '" + token.name + "' already");
        taken.field = "name";
        able = std::move(taken);
    }
    if (!able) return reply_later<Token>(ports_.executor, std::move(reply), std::move(able).error());
    names_[token.hash] = token.name;
    entries_.emplace(token.name, Entry{token, {}});
    ports_.journal.commit(
        {PutToken{token}, AppendEvent{token_event("token.created", token, token.created_at)}},
        Durability::Intent, [this](const Result<std::vector<Event>>& events) { tell(events); },
        [this, token, reply = std::move(reply)](Status stored) {
            if (stored) return reply(token);
            names_.erase(token.hash);
            entries_.erase(token.name);
            reply(std::move(stored).error());
        });
}

std::vector<Token> TokenService::list() const {
    std::vector<Token> all;
    all.reserve(entries_.size());
    for (const auto& entry : entries_) all.push_back(entry.second.token);
    return all;
}

const Token* TokenService::find(std::string_view name) const {
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : &found->second.token;
}

void TokenService::revoke(std::string_view name, Reply<void> reply) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return reply_later<void>(ports_.executor, std::move(reply), unknown(name));
    const Token token = std::move(found->second.token);
    names_.erase(token.hash);
    entries_.erase(found);
    ports_.journal.commit(
        {RemoveToken{token.name}, AppendEvent{token_event("token.revoked", token, ports_.clock.wall())}},
        Durability::Intent, [this](const Result<std::vector<Event>>& events) { tell(events); },
        [this, token, reply = std::move(reply)](Status stored) {
            // It is still in the store, and would be there again after a restart: so it is shown, and can be
            // revoked once more, but it lets nobody in.
            if (!stored) entries_.emplace(token.name, Entry{token, {}});
            reply(std::move(stored));
        });
}

const Token* TokenService::use(std::string_view hash) {
    const auto name = names_.find(std::string(hash));
    if (name == names_.end()) return nullptr;
    Entry& entry = entries_.find(name->second)->second;
    if (entry.token.is_expired(ports_.clock.wall())) return nullptr;
    record_use(entry);
    return &entry.token;
}

bool TokenService::holds(std::string_view hash) const {
    const auto name = names_.find(std::string(hash));
    return name != names_.end() && !entries_.find(name->second)->second.token.is_expired(ports_.clock.wall());
}

void TokenService::tell(const Result<std::vector<Event>>& events) {
    if (!events) return;
    for (const Event& event : *events) ports_.feed.publish(event);
}

/// Not with every request: it would be a transaction each.
void TokenService::record_use(Entry& entry) {
    const WallTime now = ports_.clock.wall();
    entry.token.used_at = now;
    const bool backwards = now < entry.use_stored;
    if (!backwards && now.ms - entry.use_stored.ms < use_recorded_after.count()) return;
    entry.use_stored = now;
    ports_.journal.commit({PutToken{entry.token}}, Durability::Observation,
                          [this](const Result<std::vector<Event>>& stored) {
                              if (!stored)
                                  ports_.complain("the last use of a token: " + stored.error().message);
                          },
                          {});
}

Error TokenService::unknown(std::string_view name) {
    return error(ErrorKind::NotFound, "there is no token '" + std::string(name) + "'");
}

}  // namespace potd::core
