#include "core/service/bases_of_pots.hpp"

#include "core/service/reply.hpp"

#include <utility>

namespace potd::core {
namespace {

Error of_pot(ErrorKind kind, std::string message) {
    Error refused = error(kind, std::move(message));
    refused.field = "pot";
    return refused;
}

Status check_rests(const Pot& pot) {
    if (!is_live(pot.state) && pot.state != PotState::Destroying) return {};
    return of_pot(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                           "; stop it, or name a snapshot of it");
}

}  // namespace

Status BasesOfPots::check(const Pot& pot) const {
    if (pot.unfinished)
        return of_pot(ErrorKind::Conflict, "pot " + pot.spec.name + " is being made or updated");
    if (!pot.spec.security.user_namespace) return {};
    return invalid_field("pot", pot.spec.name,
                         "a pot without a user namespace: the owners of its files are shifted");
}

Result<std::optional<Snapshot>> BasesOfPots::pick(const Asked& asked) const {
    if (!asked.snapshot) return std::optional<Snapshot>();
    Result<Snapshot> found = ports_.snapshots.find(asked.pot, *asked.snapshot);
    if (!found && *asked.snapshot == "newest") found = ports_.snapshots.find(asked.pot, "");
    if (found && !asked.snapshot->empty()) return std::optional(*found);
    if (found) return invalid_field("snapshot", "", "a name or number, or newest");
    Error missing = found.error();
    missing.field = "snapshot";
    return missing;
}

void BasesOfPots::install(const Asked& asked, BaseStore::Progress progress, const Reply<Base>& reply,
                          Along along, std::optional<PotSpec> base_pot) {
    const auto refuse = [&](Error error) { reply_later<Base>(ports_.executor, reply, std::move(error)); };
    if (Status named = ports_.bases.check_new(asked.name); !named) return refuse(std::move(named).error());
    const PotPtr pot = ports_.pots.find(asked.pot);
    if (!pot) return refuse(invalid_field("pot", asked.pot, "the name of a pot"));
    if (Status able = check(*pot); !able) return refuse(std::move(able).error());
    const auto snapshot = pick(asked);
    if (!snapshot) return refuse(snapshot.error());
    with_files(
        pot, *snapshot,
        [this, name = asked.name, progress = std::move(progress), along = std::move(along),
         base_pot = std::move(base_pot)](BaseRequest request, Reply<Base> done) {
            request.name = name;
            ports_.bases.install(std::move(request), progress, std::move(done), along, base_pot);
        },
        reply);
}

void BasesOfPots::with_files(const PotPtr& pot, const std::optional<Snapshot>& snapshot, Use use,
                             const Reply<Base>& reply) {
    if (snapshot) {
        ports_.snapshots.begin_use(snapshot->key);
        return lend(pot, snapshot, use, [this, key = snapshot->key, reply](Result<Base> made) {
            ports_.snapshots.end_use(key);
            reply(std::move(made));
        });
    }
    ports_.supervisor.hold(pot->id, [this, before = pot, use = std::move(use), reply](const PotPtr& now) {
        if (!now) return reply(of_pot(ErrorKind::NotFound, "pot " + before->spec.name + " was destroyed"));
        const Reply<Base> over = [this, id = now->id, reply](Result<Base> made) {
            ports_.supervisor.let_go(id);
            reply(std::move(made));
        };
        if (Status rests = check_rests(*now); !rests) return over(std::move(rests).error());
        lend(now, std::nullopt, use, over);
    });
}

void BasesOfPots::lend(const PotPtr& pot, const std::optional<Snapshot>& snapshot, const Use& use,
                       const Reply<Base>& reply) {
    const Result<Base> ground = ports_.bases.ground_of(*pot);
    if (!ground) return reply_later<Base>(ports_.executor, reply, ground.error());
    BaseRequest request;
    request.source = BaseSource::Pot;
    request.origin = pot->spec.name + (snapshot ? "@" + snapshot->name : "");
    request.binds = ground->binds;
    const SnapshotKey key = snapshot ? snapshot->key : SnapshotKey{pot->id, 0};
    ports_.bases.hold(ground->name);
    const Reply<Base> over = [this, base = ground->name, reply](Result<Base> made) {
        ports_.bases.let_go(base);
        reply(std::move(made));
    };
    ports_.files.lend(key, *ground, [this, request, use, over](Result<LentTree> lent) mutable {
        if (!lent) return over(std::move(lent).error().in("files of " + request.origin));
        request.tree = *lent;
        use(std::move(request), [this, tree = *lent, over](Result<Base> made) {
            ports_.files.give_back(tree);
            over(std::move(made));
        });
    });
}

}  // namespace potd::core
