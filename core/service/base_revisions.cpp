#include "core/service/base_service.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <memory>
#include <utility>

// The revisions of bases: the next one, an earlier one again, and those that nobody needs any more.

namespace potd::core {
namespace {

BaseRevision revision_of(const Base& made) {
    return {made.revision, made.path, made.created_at, made.size};
}

}  // namespace

std::vector<std::string> BaseService::users(std::string_view name, std::uint32_t revision) const {
    std::vector<std::string> found;
    for (const User& user : users_ ? users_(name) : std::vector<User>{}) {
        if (user.revision == revision) found.push_back(user.pot);
    }
    return found;
}

Result<Base> BaseService::ground_of(const Pot& pot) const {
    const Base* base = find(pot.spec.base);
    if (base == nullptr) return error(ErrorKind::NotFound, "base " + pot.spec.base + " is missing");
    std::optional<Base> ground = at_revision(*base, pot.base_revision);
    if (ground) return *std::move(ground);
    return error(ErrorKind::NotFound, "revision " + std::to_string(pot.base_revision) + " of base " +
                                          pot.spec.base + " is missing");
}

Status BaseService::begin_change(std::string_view name) {
    if (find(name) == nullptr)
        return error(ErrorKind::NotFound, "no base is called '" + std::string(name) + "'");
    if (changing_.insert(std::string(name)).second) return {};
    return error(ErrorKind::Conflict, "base " + std::string(name) + " is being updated");
}

void BaseService::end_change(const std::string& name) {
    changing_.erase(name);
    collect(name);
}

void BaseService::build_revision(const std::string& name, BaseRequest request, BaseStore::Progress progress,
                                 Reply<Base> reply) {
    request.name = name;
    request.revision = bases_.at(name).last_revision + 1;
    store_.install(request, std::move(progress), [name, reply = std::move(reply)](Result<Base> made) {
        reply(std::move(made).in("base " + name));
    });
}

Event BaseService::revision_event(std::string_view type, const Base& base) const {
    return {0,
            clock_.wall(),
            std::string(type),
            {},
            {},
            0,
            {{"base", base.name}, {"revision", std::to_string(base.revision)}}};
}

Along BaseService::recording(const Base& made) {
    return {[this, made](std::vector<Change>& changes, const Pot*) {
                const Base next = with_revision(bases_.at(made.name), revision_of(made));
                changes.emplace_back(PutBase{next});
                changes.emplace_back(AppendEvent{revision_event("base.updated", next)});
            },
            [] {}};
}

void BaseService::recorded(const Base& made) {
    Base& base = bases_.at(made.name);
    base = with_revision(std::move(base), revision_of(made));
}

void BaseService::drop_revision(const Base& made) {
    store_.remove(made, [](const Status&) {});  // what resists is swept at the next start
}

void BaseService::roll_back(const std::string& name, std::uint32_t revision, Reply<Base> reply,
                            const Along& along) {
    Status able = begin_change(name);
    const std::optional<Base> to = able ? at_revision(bases_.at(name), revision) : std::nullopt;
    if (able && !to) {
        end_change(name);
        Error missing = error(ErrorKind::NotFound,
                              "revision: base " + name + " has no revision " + std::to_string(revision));
        missing.field = "revision";
        able = std::move(missing);
    }
    if (!able) return reply_later<Base>(executor_, std::move(reply), std::move(able).error());
    const Base& now = bases_.at(name);
    const Base next = now.revision == revision ? now : with_revision(now, revision_of(*to));
    auto recorded = [this, next, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        bases_.at(next.name) = next;
        for (const Event& event : *result) feed_.publish(event);
    };
    auto durable = [this, next, reply = std::move(reply)](const Status& status) {
        end_change(next.name);
        reply(status ? Result<Base>(next) : Result<Base>(status.error()));
    };
    std::vector<Change> changes{PutBase{next}, AppendEvent{revision_event("base.rolled_back", next)}};
    if (along) along.board(changes, nullptr);
    journal_.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

void BaseService::collect(const std::string& name) {
    const auto found = bases_.find(name);
    const bool in_use = busy_.contains(name) || changing_.contains(name) || held_.contains(name);
    if (found == bases_.end() || found->second.others.empty() || in_use) return;
    const std::vector<BaseRevision> others = found->second.others;
    for (const BaseRevision& other : others) {
        if (other.number == found->second.previous || !users(name, other.number).empty()) continue;
        // Forgotten at once: what cannot be recorded is there again at the next start, and goes then.
        const Base going = *at_revision(found->second, other.number);
        std::erase_if(found->second.others,
                      [&](const BaseRevision& one) { return one.number == other.number; });
        journal_.commit(
            {RemoveBaseRevision{name, other.number}}, Durability::Intent,
            [](const Result<std::vector<Event>>&) {},
            [this, going](const Status& status) {
                if (status) drop_revision(going);
            });
    }
}

}  // namespace potd::core
