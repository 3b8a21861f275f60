#include "core/service/base_updates.hpp"

#include "core/service/reply.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace potd::core {
namespace {

Along together(const Along& first, const Along& second) {
    return {[first, second](std::vector<Change>& changes, const Pot* next) {
                first.board(changes, next);
                second.board(changes, next);
            },
            [first, second] {
                first.lost();
                second.lost();
            }};
}

/// Of a pot that goes: not before it does.
Along once_gone(const Along& along) {
    return {[along](std::vector<Change>& changes, const Pot* next) {
                if (next == nullptr) along.board(changes, next);
            },
            along.lost};
}

}  // namespace

void BaseUpdates::update(Asked asked, Reply<Base> reply) {
    const Base* base = ports_.bases.find(asked.base);
    Status able = ports_.bases.begin_change(asked.base);
    if (able && base->source == BaseSource::Host) {
        ports_.bases.end_change(asked.base);
        able = error(ErrorKind::Unsupported,
                     "base " + asked.base + " is the machine's own userland, and is updated with it");
    }
    if (!able) return reply_later<Base>(ports_.executor, std::move(reply), std::move(able).error());
    if (asked.flavours.empty()) asked.flavours = {ports_.flavour};
    update_pot(asked, *base, [this, name = asked.base, reply = std::move(reply)](const Result<PotPtr>& done) {
        ports_.bases.end_change(name);
        const Base* now = ports_.bases.find(name);
        if (done && now != nullptr) return reply(*now);
        reply(done ? error(ErrorKind::NotFound, "base " + name + " was removed")
                   : Error(done.error()).in("base " + name));
    });
}

void BaseUpdates::update_pot(const Asked& asked, const Base& base, const Reply<PotPtr>& reply) {
    FlavourService::Asked work;
    work.flavours = asked.flavours;
    work.operation = asked.operation;
    work.completion = FlavourCompletion{
        [this, asked](const PotPtr& pot, const PotSpec& own, const std::function<bool()>& is_over,
                      const Reply<PotPtr>& done) { complete(asked, pot, own, is_over, done); },
        [this, name = asked.base] { ports_.bases.cancel_install(name); }};
    const PotPtr pot = base.pot.empty() ? nullptr : ports_.pots.find(base.pot);
    if (pot) return ports_.flavours.update(work, pot, reply);
    PotSpec spec = asked.pot;
    spec.name = base_pot_name(base.name);
    spec.base = base.name;
    spec.type = PotType::Multi;
    spec.level = 0;
    ports_.flavours.create(work, std::move(spec), std::nullopt, reply);
}

void BaseUpdates::complete(const Asked& asked, const PotPtr& pot, const PotSpec& own,
                           const std::function<bool()>& is_over, const Reply<PotPtr>& done) {
    const BaseStore::Progress progress = [this, id = asked.operation](const OperationProgress& now) {
        ports_.operations.set_progress(id, now);
    };
    ports_.of_pots.with_files(
        pot, std::nullopt,
        [this, name = asked.base, progress](BaseRequest request, Reply<Base> made) {
            ports_.bases.build_revision(name, std::move(request), progress, std::move(made));
        },
        [this, asked, pot, own, is_over, done](Result<Base> made) {
            if (!made) return done(std::move(made).error());
            if (!is_over()) return record(asked, pot, own, *made, done);
            ports_.bases.drop_revision(*made);
            done(error(ErrorKind::Cancelled, "cancelled"));
        });
}

void BaseUpdates::record(const Asked& asked, const PotPtr& pot, const PotSpec& own, const Base& made,
                         const Reply<PotPtr>& done) {
    auto is_recorded = std::make_shared<bool>(false);
    const Along noting{[is_recorded](std::vector<Change>&, const Pot*) { *is_recorded = true; },
                       [is_recorded] { *is_recorded = false; }};
    const Along along =
        together(together(ports_.operations.along(asked.operation), noting), ports_.bases.recording(made));
    const Reply<PotPtr> recorded = [this, made, is_recorded, done](Result<PotPtr> result) {
        // One that is recorded is there, also if a power cut could still take it back.
        if (*is_recorded)
            ports_.bases.recorded(made);
        else
            ports_.bases.drop_revision(made);
        done(std::move(result));
    };
    if (pot->unfinished->then == IfUnfinished::Revert)
        return ports_.pots.go_on(pot->id, own, nullptr, recorded, along);
    ports_.pots.destroy(
        pot->id.text, true,
        [pot, recorded](const Status& gone) {
            recorded(gone ? Result<PotPtr>(pot) : Result<PotPtr>(gone.error()));
        },
        once_gone(along));
}

}  // namespace potd::core
