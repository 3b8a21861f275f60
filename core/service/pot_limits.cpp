#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// Bounds on what the root of a pot may take. They hold before they are recorded, since it is then that they
// can fail; if a crash comes between, the record counts at the next start (FileSystem::sweep).

namespace potd::core {
namespace {

constexpr const char* limit_field = "limits.disk";

Error of_limit(Error error) {
    if (error.field.empty()) error.field = limit_field;
    return std::move(error).in(limit_field);
}

}  // namespace

Status PotService::check_limit(const PotSpec& spec, const PotSpec* present) const {
    const std::int64_t before = present == nullptr ? 0 : present->limits.disk;
    if (spec.limits.disk == 0 || spec.limits.disk == before || ports_.files.abilities().quotas) return {};
    return of_limit(
        error(ErrorKind::Unsupported, "the file system driver " + std::string(ports_.files.name()) +
                                          " has no quotas; a state directory on btrfs or zfs has"));
}

void PotService::make_limits(const PotSpec& spec, Reply<void> ready) {
    if (spec.limits.disk == 0) return ready({});
    ports_.files.prepare_limits([ready = std::move(ready)](Status prepared) {
        ready(prepared ? Status() : Status(of_limit(std::move(prepared).error())));
    });
}

/// `made` once the files have their bound, too; those that cannot have it go again.
Reply<void> PotService::limited(const std::shared_ptr<Pot>& pot, Reply<void> made) {
    if (pot->spec.limits.disk == 0) return made;
    return [this, pot, made = std::move(made)](Status done) {
        if (!done) return made(std::move(done));
        ports_.files.limit(pot->id, pot->spec.limits.disk, [this, pot, made](Status bounded) {
            if (bounded) return made({});
            Error cause = of_limit(std::move(bounded).error());
            if (Status gone = ports_.files.discard(pot->id); !gone)
                cause.message += "; " + gone.error().message;
            made(std::move(cause));
        });
    };
}

// Changing one

void PotService::change_limit(const PotPtr& pot, const PotSpec& next, Reply<PotPtr> reply, Along along) {
    make_limits(next, [this, pot, next, reply = std::move(reply), along = std::move(along)](Status ready) {
        if (!ready) return reply(std::move(ready).error().in("pot " + pot->spec.name));
        put_limit(pot, next, reply, along);
    });
}

/// Nothing else happens to the files meanwhile: a rollback would take the limit before along.
void PotService::put_limit(const PotPtr& pot, const PotSpec& next, Reply<PotPtr> reply, Along along) {
    supervisor_.hold(
        pot->id, [this, pot, next, reply = std::move(reply), along = std::move(along)](const PotPtr& now) {
            if (!now) return reply(error(ErrorKind::NotFound, "pot " + pot->spec.name + " was destroyed"));
            if (now->spec != pot->spec) {
                supervisor_.let_go(now->id);
                return reply(error(ErrorKind::Conflict,
                                   "pot " + now->spec.name + " was changed by another request; try again"));
            }
            ports_.files.limit(now->id, next.limits.disk, [this, pot, next, reply, along](Status bounded) {
                supervisor_.let_go(pot->id);
                if (!bounded) return reply(of_limit(std::move(bounded).error()).in("pot " + pot->spec.name));
                const auto stored = [this, id = pot->id, reply](Result<PotPtr> result) {
                    if (result) return reply(std::move(result));
                    put_limit_back(id, std::move(result).error(), reply);
                };
                store_change(pot, next, stored, along);
            });
        });
}

/// What was not recorded does not hold.
void PotService::put_limit_back(const PotId& id, Error cause, Reply<PotPtr> reply) {
    supervisor_.hold(id, [this, id, cause = std::move(cause), reply = std::move(reply)](const PotPtr& now) {
        if (!now) return reply(cause);
        ports_.files.limit(id, now->spec.limits.disk, [this, id, cause, reply](const Status& back) {
            supervisor_.let_go(id);
            Error both = cause;
            if (!back)
                both.message += "; the limit is as asked for until potd starts anew: " + back.error().message;
            reply(std::move(both));
        });
    });
}

}  // namespace potd::core
