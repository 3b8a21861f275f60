#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// How a new pot is made, and what only the maker of an unfinished one asks for.

namespace potd::core {

void PotService::make_files(const std::shared_ptr<Pot>& pot, const Base& base,
                            const std::optional<Source>& source, Reply<PotPtr> reply, Along along) {
    bases_.hold(base.name);
    auto made = [this, pot, source, reply = std::move(reply), along = std::move(along)](Status done) {
        if (!done) {
            bases_.let_go(pot->spec.base);
            reserved_.erase(pot->spec.name);
            ports_.ids.give_back(pot->first_host_id);
            reply(std::move(done).error().in("pot " + pot->spec.name));
            return;
        }
        store_new(pot, source, reply, along);
    };
    make_limits(pot->spec, [this, pot, base, source, made = limited(pot, std::move(made))](Status ready) {
        if (!ready) return made(std::move(ready));
        if (source) return ports_.files.clone(source->origin.key, pot->id, made);
        ports_.files.create(pot->id, base, made);
    });
}

std::optional<std::int64_t> PotService::copied(std::string_view name_or_id) const {
    const auto begun = reserved_.find(name_or_id);
    const PotPtr pot = begun == reserved_.end() ? find(name_or_id) : nullptr;
    if (begun == reserved_.end() && !pot) return std::nullopt;
    return ports_.files.copied(pot ? pot->id : begun->second);
}

/// A pot that was not recorded is none.
void PotService::take_in_new(const Pot& pot, const Along& along, const Result<std::vector<Event>>& recorded) {
    reserved_.erase(pot.spec.name);
    if (recorded) take_in(pot);
    bases_.let_go(pot.spec.base);
    if (!recorded) {
        if (along) along.lost();
        ports_.ids.give_back(pot.first_host_id);
        return;
    }
    for (const Event& event : *recorded) feed_.publish(event);
}

void PotService::store_new(const std::shared_ptr<Pot>& pot, const std::optional<Source>& source,
                           const Reply<PotPtr>& reply, const Along& along) {
    Event created = creation_of(*pot);
    if (source) {
        created.details["origin"] = source->origin.pot;
        created.details["snapshot"] = source->origin.snapshot;
    }
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, pot, stored, along](const Result<std::vector<Event>>& result) {
        *stored = result.ok();
        take_in_new(*pot, along, result);
    };
    auto durable = [this, pot, stored, reply](const Status& status) {
        if (status) {
            const PotPtr now = supervisor_.find(pot->id);
            reply(now ? now : std::make_shared<const Pot>(*pot));  // destroyed again before it was on disk
            return;
        }
        Error cause = status.error();
        if (!*stored) {
            // What was made goes again; what resists is swept at the next start.
            if (Status gone = ports_.files.discard(pot->id); !gone)
                cause.message += "; " + gone.error().message;
        }
        reply(std::move(cause).in("pot " + pot->spec.name));
    };
    std::vector<Change> changes{PutPot{*pot}, AppendEvent{std::move(created)}};
    if (!pot->leases.empty()) changes.emplace_back(PutLeases{pot->id, pot->leases});
    if (along) along.board(changes, pot.get());
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

void PotService::go_on(const PotId& id, PotSpec next, UnfinishedPtr unfinished, Reply<PotPtr> reply,
                       Along along) {
    const PotPtr pot = supervisor_.find(id);
    Status able;
    if (!pot || !pot->unfinished)
        able = error(ErrorKind::Conflict, "the pot was destroyed or finished by another request");
    if (able) able = check_spec(next, id, &pot->spec);
    auto leased = able ? bridges_.lease(next, id) : Result<BridgeService::Held>(std::move(able).error());
    if (!leased) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(leased).error());
    along = bridges_.boarding(next, std::move(along));
    supervisor_.request(
        id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, next, false, {}, std::move(unfinished), leased->leases};
        },
        [this, hold = dependencies_.hold(next), addresses = addresses_.hold(*pot, next.network),
         volumes = volumes_.hold(next.mounts), leases = leased->hold,
         reply = std::move(reply)](Result<PotPtr> result) {
            bridges_.let_go(leases);
            dependencies_.let_go(hold);
            addresses_.let_go(addresses);
            volumes_.let_go(volumes);
            reply(std::move(result));
        },
        std::move(along));
}

void PotService::reopen(const PotPtr& pot, UnfinishedPtr unfinished, Reply<PotPtr> reply, Along along) {
    supervisor_.request(
        pot->id,
        [&](RequestId request) {
            // Of no run: one that has started meanwhile is a conflict.
            return ChangeAsked{request, pot->spec, pot->spec, false, 0, std::move(unfinished)};
        },
        std::move(reply), std::move(along));
}

void PotService::start_unfinished(const PotId& id, Reply<PotPtr> reply) {
    supervisor_.request(
        id,
        [](RequestId request) {
            return StartAsked{request, StartCause::Request, true};
        },
        std::move(reply));
}

}  // namespace potd::core
