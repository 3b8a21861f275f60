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
        case BaseSource::Directory:
        case BaseSource::Pot: return {};
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
    if (--held_[name] != 0) return;
    held_.erase(name);
    collect(name);
}

std::string BaseService::name_of(const BaseRequest& request) {
    return request.name.empty() ? default_base_name(request) : request.name;
}

std::vector<std::string> BaseService::users(std::string_view name) const {
    std::vector<std::string> found;
    const auto base = bases_.find(name);
    for (const User& user : users_ ? users_(name) : std::vector<User>{}) {
        if (base == bases_.end() || user.pot != base->second.pot) found.push_back(user.pot);
    }
    return found;
}

bool BaseService::is_base_pot(const PotSpec& pot) const {
    const auto base = bases_.find(pot.base);
    return base != bases_.end() && base->second.pot == pot.name;
}

Status BaseService::check_new(const std::string& name) const {
    if (Status named = check_name(name); !named) return named;
    if (!bases_.contains(name) && !busy_.contains(name)) return {};
    Error taken = error(ErrorKind::Conflict, "a base called '" + name + "' exists already");
    taken.field = "name";
    return taken;
}

Result<BaseService::NewPot> BaseService::reserve_pot(const std::string& base,
                                                     std::optional<PotSpec> spec) const {
    if (!spec) return NewPot();
    spec->name = base_pot_name(base);
    spec->base = base;
    spec->type = PotType::Multi;
    spec->level = 0;
    return pots_.reserve(*std::move(spec));
}

void BaseService::install(BaseRequest request, BaseStore::Progress progress, Reply<Base> reply, Along along,
                          std::optional<PotSpec> pot) {
    request.name = name_of(request);
    Status allowed = room_ ? room_() : Status();
    if (allowed) allowed = check_new(request.name);
    Result<NewPot> with = allowed ? reserve_pot(request.name, std::move(pot)) : allowed.error();
    if (!with) return reply_later<Base>(executor_, std::move(reply), std::move(with).error());
    busy_.insert(request.name);
    store_.install(
        request, std::move(progress),
        [this, name = request.name, with = *with, reply, along = std::move(along)](Result<Base> made) {
            if (made && with) return make_pot(*std::move(made), with, reply, along);
            if (made) return store(*made, nullptr, reply, along);
            if (with) with->discard();
            busy_.erase(name);
            reply(std::move(made).in("base " + name));
        });
}

void BaseService::cancel_install(std::string_view name) {
    store_.cancel(name);
    if (const auto found = making_.find(name); found != making_.end()) found->second->cancel();
}

void BaseService::make_pot(Base base, const NewPot& pot, const Reply<Base>& reply, const Along& along) {
    base.pot = base_pot_name(base.name);
    making_[base.name] = pot;
    pot->make(base, [this, base, pot, reply, along](Status made) {
        making_.erase(base.name);
        if (made) return store(base, pot, reply, along);
        undo(base, pot, reply, std::move(made).in("pot " + base.pot).error());
    });
}

void BaseService::undo(const Base& base, const NewPot& pot, const Reply<Base>& reply, Error cause) {
    if (pot) pot->discard();
    store_.remove(base, [this, name = base.name, reply, cause = std::move(cause)](const Status&) mutable {
        busy_.erase(name);
        reply(std::move(cause));
    });
}

void BaseService::store(const Base& base, const NewPot& pot, const Reply<Base>& reply, const Along& along) {
    auto is_stored = std::make_shared<bool>(false);
    auto recorded = [this, base, pot, along, is_stored](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *is_stored = true;
        stored(base, pot, *result);
    };
    auto durable = [this, base, pot, reply, is_stored](const Status& status) {
        if (status) return reply(base);
        // If it is there, pots may be made of it; a power cut alone could take it back.
        if (*is_stored) return reply(status.error());
        undo(base, pot, reply, status.error());
    };
    std::vector<Change> changes{PutBase{base}, AppendEvent{event_of("base.installed", base, clock_.wall())}};
    if (pot) pot->board(changes);
    if (along) along.board(changes, nullptr);
    journal_.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

void BaseService::stored(const Base& base, const NewPot& pot, const std::vector<Event>& events) {
    busy_.erase(base.name);
    bases_[base.name] = base;
    if (pot) pot->recorded();
    for (const Event& event : events) feed_.publish(event);
}

Status BaseService::check_removable(std::string_view name) const {
    if (find(name) == nullptr) {
        return error(ErrorKind::NotFound, "no base is called '" + std::string(name) + "'");
    }
    if (changing_.contains(name))
        return error(ErrorKind::Conflict, "base " + std::string(name) + " is being updated");
    if (held_.contains(name)) {
        return error(ErrorKind::Conflict, "base " + std::string(name) + ": a pot is being made of it");
    }
    constexpr std::size_t most_named = 5;
    const std::vector<std::string> found = users(name);
    if (found.empty()) return {};
    std::string text = "base " + std::string(name) + " is used by";
    for (std::size_t i = 0; i < found.size() && i < most_named; ++i) text += " " + found[i];
    if (found.size() > most_named) text += " and " + std::to_string(found.size() - most_named) + " more";
    return error(ErrorKind::Conflict, std::move(text));
}

void BaseService::remove(std::string_view name, bool force, const Reply<void>& reply, const Along& along) {
    if (Status allowed = check_removable(name); !allowed) {
        reply_later<void>(executor_, reply, std::move(allowed));
        return;
    }
    const Base base = bases_.find(name)->second;
    busy_.insert(base.name);
    if (!base.pot.empty()) return remove_with_pot(base, force, reply, along);
    // The record goes first: a crash in between leaves a tree that no base owns, and the sweep takes it.
    forget(base, reply, along);
}

/// The base goes with the transaction by which its pot does. One that must be stopped first goes later: that
/// the base goes too is recorded with the beginning.
void BaseService::remove_with_pot(const Base& base, bool force, const Reply<void>& reply,
                                  const Along& along) {
    Along both;
    both.board = [this, base, along](std::vector<Change>& changes, const Pot* next) {
        Base going = base;
        going.is_going = true;
        if (next != nullptr) changes.emplace_back(PutBase{std::move(going)});
        if (next == nullptr) changes.emplace_back(RemoveBase{base.name});
        if (next == nullptr) changes.emplace_back(AppendEvent{event_of("base.removed", base, clock_.wall())});
        if (along) along.board(changes, nullptr);
    };
    both.lost = [along] {
        if (along) along.lost();
    };
    auto gone = [this, base, reply, along](Status status) {
        if (status) return drop(base, reply);
        // A removal whose end could not be recorded is tried again by the user.
        if (status.error().kind == ErrorKind::NotFound) return forget(base, reply, along);
        busy_.erase(base.name);
        reply(std::move(status).in("base " + base.name));
    };
    pots_.destroy(base.pot, force, std::move(gone), std::move(both));
}

void BaseService::forget(const Base& base, const Reply<void>& reply, const Along& along) {
    auto durable = [this, base, reply](const Status& status) {
        if (status) return drop(base, reply);
        busy_.erase(base.name);
        reply(status);
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

void BaseService::drop(const Base& base, const Reply<void>& reply) {
    bases_.erase(base.name);
    // What resists of the others is swept at the next start.
    for (const BaseRevision& other : base.others)
        store_.remove(*at_revision(base, other.number), [](const Status&) {});
    store_.remove(base, [this, name = base.name, reply](const Status& removed) {
        busy_.erase(name);
        reply(removed);
    });
}

Status BaseService::recover(std::vector<Base> stored) {
    Status swept = store_.sweep(stored);
    for (Base& base : stored) {
        if (base.is_going) busy_.insert(base.name);
        bases_[base.name] = std::move(base);
    }
    return swept;
}

void BaseService::settle(Reply<void> reply) {
    struct Progress {
        std::size_t left = 1;  // so that it does not end before the last was begun
        Status status;
        Reply<void> reply;
    };
    auto progress = std::make_shared<Progress>();
    progress->reply = std::move(reply);
    const Reply<void> one_less = [progress](Status status) {
        if (!status && progress->status) progress->status = std::move(status);
        if (--progress->left == 0) progress->reply(std::move(progress->status));
    };
    for (const Base& base : list()) {
        if (!base.is_going) {
            collect(base.name);
            continue;
        }
        ++progress->left;
        remove_with_pot(base, true, one_less, {});
    }
    executor_.post([one_less] { one_less({}); });
}

}  // namespace potd::core
