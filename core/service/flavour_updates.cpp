#include "core/service/flavour_run.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// Flavours of a pot that is there: undone by going back to the snapshot that is taken before.

namespace potd::core {

void FlavourService::update(const Asked& asked, const PotPtr& pot, Reply<PotPtr> reply) {
    if (is_live(pot->state)) {
        Error live =
            error(ErrorKind::Conflict, "pot " + pot->spec.name + " is " + std::string(to_string(pot->state)) +
                                           "; stop it before it is updated");
        return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(live));
    }
    plan(asked, reply, [this, asked, pot, reply](Plans plans) {
        if (Status filled = fill_specs(plans, pot->spec, &pot->spec); !filled)
            return reply(std::move(filled).error());
        ports_.snapshots.take(pot->id.text, {}, [this, asked, pot, plans, reply](Result<Snapshot> taken) {
            if (!taken) return reply(std::move(taken).error());
            begin_update(asked, pot, plans, *taken, reply);
        });
    });
}

void FlavourService::begin_update(const Asked& asked, const PotPtr& pot, Plans plans, const Snapshot& before,
                                  const Reply<PotPtr>& reply) {
    ports_.snapshots.begin_use(before.key);
    const auto run = begin(asked, [this, key = before.key, reply](Result<PotPtr> result) {
        ports_.snapshots.end_use(key);
        const PotPtr now = ports_.pots.find(key.pot.text);
        // One that could not go back yet needs it at the next start.
        if (!result && !(now && now->unfinished)) drop_snapshot(key.pot, key.number);
        reply(std::move(result));
    });
    run->set_plans(std::move(plans));
    const Unfinished unfinished{IfUnfinished::Revert, pot->spec, before.key.number};
    run->set_revert(unfinished);
    ports_.pots.reopen(
        pot, std::make_shared<const Unfinished>(unfinished),
        [run](const Result<PotPtr>& opened) { run->begin(opened); },
        ports_.operations.along(asked.operation));
}

void FlavourService::revert(const PotId& id, std::uint32_t snapshot, const PotSpec& own, const Along& along,
                            const Reply<PotPtr>& reply) {
    StopRequest at_once;
    at_once.timeout = milliseconds{0};
    ports_.pots.stop(id.text, at_once, [=, this](const Result<PotPtr>& stopped) {
        if (!stopped) return reply(stopped);
        ports_.snapshots.roll_back(id.text, {std::to_string(snapshot), false},
                                   [=, this](const Result<PotPtr>& reverted) {
                                       if (!reverted) return reply(reverted);
                                       ports_.pots.go_on(id, own, nullptr, reply, along);
                                   });
    });
}

void FlavourService::revert_left(const Pot& pot, const Reply<void>& reply) {
    const std::uint32_t number = pot.unfinished->revert_to;
    revert(pot.id, number, pot.unfinished->spec, {},
           [this, id = pot.id, number, reply](const Result<PotPtr>& done) {
               if (!done) return reply(done.error());
               drop_snapshot(id, number);
               reply({});
           });
}

void FlavourService::drop_snapshot(const PotId& pot, std::uint32_t number) {
    ports_.snapshots.remove(pot.text, std::to_string(number), [this, pot](const Status& removed) {
        const bool gone = !removed && removed.error().kind == ErrorKind::NotFound;
        if (!removed && !gone)
            ports_.complain("snapshot of pot " + pot.text + ": " + removed.error().message);
    });
}

}  // namespace potd::core
