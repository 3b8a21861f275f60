#include "core/model/names.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <memory>
#include <utility>

// The pots that are made with bases.

namespace potd::core {

class PotService::BasePotMaking final : public NewBasePot {
  public:
    BasePotMaking(PotService& pots, Pot pot) : pots_(pots), pot_(std::move(pot)) {
        pots_.reserved_.emplace(pot_.spec.name, pot_.id);
    }
    void make(const Base& base, Reply<void> reply) override {
        pots_.ports_.files.create(pot_.id, base, std::move(reply));
    }
    void cancel() override { static_cast<void>(pots_.ports_.files.discard(pot_.id)); }
    void board(std::vector<Change>& changes) override {
        changes.emplace_back(PutPot{pot_});
        changes.emplace_back(AppendEvent{creation_of(pot_)});
    }
    void recorded() override {
        pots_.reserved_.erase(pot_.spec.name);
        pots_.take_in(pot_);
    }
    void discard() override {
        pots_.reserved_.erase(pot_.spec.name);
        // What resists is swept at the next start.
        static_cast<void>(pots_.ports_.files.discard(pot_.id));
    }

  private:
    PotService& pots_;
    Pot pot_;
};

Event PotService::creation_of(const Pot& pot) {
    return {0, pot.created_at, "pot.created", pot.id.text, pot.spec.name, 0, {{"base", pot.spec.base}}};
}

void PotService::take_in(const Pot& pot) {
    by_name_[pot.spec.name] = pot.id;
    const PotPtr added = supervisor_.add(pot);
    bridges_.record(pot);
    unstarted_.on_change(pot.id, added);
    if (schedule_watch_) schedule_watch_(pot.id, added);
}

void PotService::serve_bases() {
    bases_.set_users([this](std::string_view base) {
        std::vector<BaseService::User> users;
        for (const auto& [name, id] : by_name_) {
            const PotPtr pot = supervisor_.find(id);
            if (pot && pot->spec.base == base) users.push_back({name, pot->base_revision});
        }
        return users;
    });
    BasePots pots;
    pots.reserve = [this](PotSpec spec) { return reserve_base_pot(std::move(spec)); };
    pots.destroy = [this](const std::string& name, bool force, Reply<void> reply, Along along) {
        const PotPtr pot = find(name);
        if (pot) return destroy_any(pot, force, std::move(reply), std::move(along));
        reply_later<void>(ports_.executor, std::move(reply),
                          error(ErrorKind::NotFound, "no pot is called '" + name + "'"));
    };
    bases_.set_pots(std::move(pots));
}

Result<std::shared_ptr<NewBasePot>> PotService::reserve_base_pot(PotSpec spec) {
    if (Status named = check_name(spec.name, "base_pot"); !named) return std::move(named).error();
    if (spec.hostname.empty()) spec.hostname = spec.name;
    Pot pot;
    pot.id = ports_.new_id();
    if (Status valid = check_spec(spec, pot.id); !valid) return std::move(valid).error().in("base_pot");
    if (by_name_.contains(spec.name) || reserved_.contains(spec.name)) {
        Error taken = error(ErrorKind::Conflict, "base_pot: a pot called '" + spec.name +
                                                     "' exists already; rename it, or install the base under "
                                                     "another name or without a base pot");
        taken.field = "base_pot";
        return taken;
    }
    pot.spec = std::move(spec);
    pot.created_at = pot.changed_at = ports_.clock.wall();
    pot.driver = ports_.files.name();
    return std::shared_ptr<NewBasePot>(std::make_shared<BasePotMaking>(*this, std::move(pot)));
}

/// The files of a snapshot lie on what its pot does.
std::uint32_t PotService::revision_for(const Base& base, const std::optional<Source>& source) const {
    const PotPtr of = source ? supervisor_.find(source->origin.key.pot) : nullptr;
    return of ? of->base_revision : base.revision;
}

Status PotService::check_not_base_pot(const Pot& pot, std::string_view verb) const {
    if (!bases_.is_base_pot(pot.spec)) return {};
    return error(ErrorKind::Conflict,
                 "pot " + pot.spec.name + " is not " + std::string(verb) + ": it is the base pot of " +
                     pot.spec.base + " and goes with that base (potctl destroy -b " + pot.spec.base + ")");
}

}  // namespace potd::core
