#include "core/service/base_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <memory>
#include <utility>

namespace potd::core {
namespace {

std::string default_base_name(const BaseRequest& request) {
    switch (request.source) {
        case BaseSource::Host: return "host";
        case BaseSource::Release: return request.release;
        case BaseSource::Tarball:
        case BaseSource::Directory: return {};
    }
    return {};
}

Event event_of(std::string_view type, const Base& base, WallTime now) {
    return {0, now, std::string(type), {}, {}, 0, {{"base", base.name}, {"origin", base.origin}}};
}

}  // namespace

BaseService::BaseService(Journal& journal, BaseStore& store, Clock& clock, Executor& executor,
                         EventFeed& feed)
    : journal_(journal), store_(store), clock_(clock), executor_(executor), feed_(feed) {}

const Base* BaseService::find(std::string_view name) const {
    if (busy_.contains(name)) return nullptr;
    const auto found = bases_.find(name);
    return found == bases_.end() ? nullptr : &found->second;
}

std::vector<Base> BaseService::list() const {
    std::vector<Base> all;
    all.reserve(bases_.size());
    for (const auto& [name, base] : bases_) all.push_back(base);
    return all;
}

void BaseService::let_go(const std::string& name) {
    if (--held_[name] == 0) held_.erase(name);
}

std::string BaseService::name_of(const BaseRequest& request) {
    return request.name.empty() ? default_base_name(request) : request.name;
}

void BaseService::install(BaseRequest request, BaseStore::Progress progress, Reply<Base> reply, Along along) {
    request.name = name_of(request);
    Status allowed = check_name(request.name);
    if (allowed && (bases_.contains(request.name) || busy_.contains(request.name))) {
        Error taken = error(ErrorKind::Conflict, "a base called '" + request.name + "' exists already");
        taken.field = "name";
        allowed = std::move(taken);
    }
    if (!allowed) {
        reply_later<Base>(executor_, std::move(reply), std::move(allowed).error());
        return;
    }
    busy_.insert(request.name);
    store_.install(request, std::move(progress),
                   [this, name = request.name, reply, along = std::move(along)](Result<Base> made) {
                       if (made) {
                           store(*made, reply, along);
                           return;
                       }
                       busy_.erase(name);
                       reply(std::move(made).in("base " + name));
                   });
}

void BaseService::store(const Base& base, const Reply<Base>& reply, const Along& along) {
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, base, along, stored](const Result<std::vector<Event>>& result) {
        busy_.erase(base.name);
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        bases_[base.name] = base;
        for (const Event& event : *result) feed_.publish(event);
    };
    auto durable = [this, base, reply, stored](const Status& status) {
        if (status) {
            reply(base);
            return;
        }
        Error cause = status.error();
        if (*stored) {  // it is there, and pots may be made of it; a power cut alone could take it back
            reply(std::move(cause));
            return;
        }
        store_.remove(base,
                      [reply, cause = std::move(cause)](const Status&) mutable { reply(std::move(cause)); });
    };
    std::vector<Change> changes{PutBase{base}, AppendEvent{event_of("base.installed", base, clock_.wall())}};
    if (along) along.board(changes, nullptr);
    journal_.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

Status BaseService::check_removable(std::string_view name) const {
    if (find(name) == nullptr) {
        return error(ErrorKind::NotFound, "no base is called '" + std::string(name) + "'");
    }
    if (held_.contains(name)) {
        return error(ErrorKind::Conflict, "base " + std::string(name) + ": a pot is being made of it");
    }
    constexpr std::size_t most_named = 5;
    const std::vector<std::string> users = users_ ? users_(name) : std::vector<std::string>{};
    if (users.empty()) return {};
    std::string text = "base " + std::string(name) + " is used by";
    for (std::size_t i = 0; i < users.size() && i < most_named; ++i) text += " " + users[i];
    if (users.size() > most_named) text += " and " + std::to_string(users.size() - most_named) + " more";
    return error(ErrorKind::Conflict, std::move(text));
}

void BaseService::remove(std::string_view name, Reply<void> reply, Along along) {
    if (Status allowed = check_removable(name); !allowed) {
        reply_later<void>(executor_, std::move(reply), std::move(allowed));
        return;
    }
    const Base base = bases_.find(name)->second;
    busy_.insert(base.name);
    // The record goes first: a crash in between leaves a tree that no base owns, and the sweep takes it.
    forget(base, reply, along);
}

void BaseService::forget(const Base& base, const Reply<void>& reply, const Along& along) {
    auto durable = [this, base, reply](const Status& status) {
        if (!status) {
            busy_.erase(base.name);
            reply(status);
            return;
        }
        bases_.erase(base.name);
        store_.remove(base, [this, name = base.name, reply](const Status& removed) {
            busy_.erase(name);
            reply(removed);
        });
    };
    auto recorded = [this, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        for (const Event& event : *result) feed_.publish(event);
    };
    std::vector<Change> changes{RemoveBase{base.name},
                                AppendEvent{event_of("base.removed", base, clock_.wall())}};
    if (along) along.board(changes, nullptr);
    journal_.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

Status BaseService::recover(std::vector<Base> stored) {
    Status swept = store_.sweep(stored);
    for (Base& base : stored) bases_[base.name] = std::move(base);
    return swept;
}

}  // namespace potd::core
