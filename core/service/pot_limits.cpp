#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// Bounds on what a pot takes: of its root, and of what runs in it. They hold before they are recorded, since
// it is then that they can fail; if a crash comes between, the record counts at the next start
// (FileSystem::sweep, RunLimits::settle).

namespace potd::core {
namespace {

constexpr const char* disk_field = "limits.disk";

Error of_disk_limit(Error error) {
    if (error.field.empty()) error.field = disk_field;
    return std::move(error).in(disk_field);
}

}  // namespace

Status PotService::check_limit(const PotSpec& spec, const PotSpec* present) const {
    const std::int64_t before = present == nullptr ? 0 : present->limits.disk;
    if (spec.limits.disk == 0 || spec.limits.disk == before || ports_.files.abilities().quotas) return {};
    if (is_best_effort(spec.limits, disk_field)) return {};
    return of_disk_limit(
        error(ErrorKind::Unsupported, "the file system driver " + std::string(ports_.files.name()) +
                                          " has no quotas; a state directory on btrfs or zfs has"));
}

/// As far as the driver has any; else it is a best effort.
std::int64_t PotService::disk_limit(const Limits& limits) const {
    return ports_.files.abilities().quotas ? limits.disk : 0;
}

void PotService::make_limits(const PotSpec& spec, Reply<void> ready) {
    if (disk_limit(spec.limits) == 0) return ready({});
    ports_.files.prepare_limits([ready = std::move(ready)](Status prepared) {
        ready(prepared ? Status() : Status(of_disk_limit(std::move(prepared).error())));
    });
}

/// `made` once the files have their bound, too; those that cannot have it go again.
Reply<void> PotService::limited(const std::shared_ptr<Pot>& pot, Reply<void> made) {
    if (disk_limit(pot->spec.limits) == 0) return made;
    return [this, pot, made = std::move(made)](Status done) {
        if (!done) return made(std::move(done));
        ports_.files.limit(pot->id, pot->spec.limits.disk, [this, pot, made](Status bounded) {
            if (bounded) return made({});
            Error cause = of_disk_limit(std::move(bounded).error());
            if (Status gone = ports_.files.discard(pot->id); !gone)
                cause.message += "; " + gone.error().message;
            made(std::move(cause));
        });
    };
}

PotService::LimitsNow PotService::limits_now(const Pot& pot) const {
    const Limits& limits = pot.spec.limits;
    LimitsNow now{run_limits_.cpus_of(pot.id), run_limits_.not_enforced(limits)};
    if (limits.disk != 0 && disk_limit(limits) == 0 && is_best_effort(limits, disk_field))
        now.not_enforced.push_back({disk_field, "the file system driver has no quotas"});
    if (!is_bridged(pot.spec.network)) return now;
    for (LeftOut& rate : bridges_.rates_left_out(limits)) {
        if (is_best_effort(limits, rate.field)) now.not_enforced.push_back(std::move(rate));
    }
    return now;
}

// Changing them

struct PotService::LimitChange {
    PotPtr pot;  ///< as the request met it
    PotSpec next;
    Reply<PotPtr> reply;
    Along along;
    bool disk = false;  ///< that of the files is another one
    bool run = false;   ///< the kernel has been told of others, and of them alone, until that is ended
};

bool PotService::limits_change(const Pot& pot, const PotSpec& next) const {
    if (disk_limit(next.limits) != disk_limit(pot.spec.limits)) return true;
    return RunLimits::in_force(pot) && limits_of_run(next) != limits_of_run(pot.spec);
}

void PotService::change_limits(const PotPtr& pot, const PotSpec& next, Reply<PotPtr> reply, Along along) {
    const auto change =
        std::make_shared<LimitChange>(LimitChange{pot, next, std::move(reply), std::move(along)});
    change->disk = disk_limit(next.limits) != disk_limit(pot->spec.limits);
    const auto ready = [this, change](Status prepared) {
        if (!prepared) return change->reply(std::move(prepared).error().in("pot " + change->pot->spec.name));
        put_limits(change);
    };
    if (change->disk) return make_limits(next, ready);
    put_limits(change);
}

/// Nothing else happens to the pot meanwhile: a rollback would take the limit before along, and a run that
/// ends has none.
void PotService::put_limits(const LimitChangePtr& change) {
    supervisor_.hold(change->pot->id, [this, change](const PotPtr& now) {
        const std::string& name = change->pot->spec.name;
        if (!now) return change->reply(error(ErrorKind::NotFound, "pot " + name + " was destroyed"));
        if (now->spec != change->pot->spec) {
            supervisor_.let_go(now->id);
            return change->reply(error(
                ErrorKind::Conflict, "pot " + now->spec.name + " was changed by another request; try again"));
        }
        change->pot = now;
        put_disk_limit(change);
    });
}

void PotService::put_disk_limit(const LimitChangePtr& change) {
    if (!change->disk) return put_run_limits(change);
    const Pot& pot = *change->pot;
    ports_.files.limit(pot.id, disk_limit(change->next.limits), [this, change](Status bounded) {
        if (bounded) return put_run_limits(change);
        supervisor_.let_go(change->pot->id);
        change->reply(of_disk_limit(std::move(bounded).error()).in("pot " + change->pot->spec.name));
    });
}

void PotService::put_run_limits(const LimitChangePtr& change) {
    const Pot& pot = *change->pot;
    const bool others = limits_of_run(change->next) != limits_of_run(pot.spec);
    if (!others || !RunLimits::in_force(pot)) return store_limits(change);
    run_limits_.begin_change(pot, change->next, [this, change](Status put) {
        // The run has ended meanwhile: the next one has what is recorded.
        const bool over = !put && put.error().kind == ErrorKind::NotFound;
        change->run = put.ok();
        if (put || over) return store_limits(change);
        supervisor_.let_go(change->pot->id);
        put_limits_back(change, std::move(put).error().in("pot " + change->pot->spec.name));
    });
}

void PotService::store_limits(const LimitChangePtr& change) {
    supervisor_.let_go(change->pot->id);
    const auto stored = [this, change](Result<PotPtr> result) {
        if (!result) return put_limits_back(change, std::move(result).error());
        if (!change->run) return change->reply(std::move(result));
        run_limits_.end_change(change->pot->id, *result, [change, result](const Status& done) {
            change->reply(done ? result : Result<PotPtr>(done.error()));
        });
    };
    store_change(change->pot, change->next, stored, change->along);
}

/// What was not recorded does not hold.
void PotService::put_limits_back(const LimitChangePtr& change, Error cause) {
    const PotId id = change->pot->id;
    supervisor_.hold(id, [this, id, change, cause = std::move(cause)](const PotPtr& now) {
        const auto answer = [change](Error both, const Status& back) {
            if (!back)
                both.message += "; the limit is as asked for until potd starts anew: " + back.error().message;
            change->reply(std::move(both));
        };
        if (!now) return change->reply(cause);
        const auto of_run = [this, id, now, change, cause, answer](const Status& disk) {
            supervisor_.let_go(id);
            if (!change->run) return answer(cause, disk);
            run_limits_.end_change(
                id, now, [cause, disk, answer](const Status& run) { answer(cause, disk ? run : disk); });
        };
        if (!change->disk) return of_run({});
        ports_.files.limit(id, disk_limit(now->spec.limits), of_run);
    });
}

}  // namespace potd::core
