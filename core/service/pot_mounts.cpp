#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <utility>

// Mounts that come and go one at a time, also while the pot runs.

namespace potd::core {
namespace {

/// The run that a change of mounts concerns, 0 if none is live.
Result<std::uint32_t> run_to_change(const Pot& pot) {
    if (!is_live(pot.state)) return 0U;
    if (pot.state == PotState::Running || pot.state == PotState::Paused) return pot.run->number;
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          "; try again when it is up or stopped");
}

bool is_still_up(const PotPtr& pot, std::uint32_t run) {
    return pot && is_live(pot->state) && pot->run && pot->run->number == run && !pot->run->end;
}

/// The checks of a spec name its members; whoever asks for one mount has only that.
Error of_one_mount(Error error, std::size_t index) {
    const std::string prefix = "mounts[" + std::to_string(index) + "].";
    if (!error.field.starts_with(prefix)) return error;
    error.field.erase(0, prefix.size());
    if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
    return error;
}

Status check_kind(const MountSpec& mount) {
    if (mount.kind != MountSpec::Kind::Tmpfs) return {};
    return error(ErrorKind::Conflict,
                 "a tmpfs comes and goes with a start only; stop the pot before it is changed");
}

PotSpec without(PotSpec spec, const MountSpec& mount) {
    const auto found = std::find(spec.mounts.begin(), spec.mounts.end(), mount);
    if (found != spec.mounts.end()) spec.mounts.erase(found);
    return spec;
}

}  // namespace

Result<MountSpec> PotService::resolved(const MountSpec& mount) const {
    PotSpec one;
    one.mounts = {mount};
    Result<PotSpec> found = volumes_.resolved(std::move(one));
    if (!found) return std::move(found).error();
    return std::move(found->mounts.front());
}

void PotService::change_mounts(const PotPtr& pot, PotSpec next, std::uint32_t run, Reply<PotPtr> reply,
                               Along along) {
    supervisor_.request(
        pot->id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, std::move(next), false, run};
        },
        std::move(reply), std::move(along));
}

// In: stored first, so that a crash in between leaves a mount that the next start makes.

void PotService::mount(std::string_view name, const MountSpec& mount, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    PotSpec next = pot->spec;
    next.mounts.push_back(mount);
    const Result<std::uint32_t> run = run_to_change(*pot);
    Status able = run ? check_spec(next, pot->id, &pot->spec) : Status(run.error());
    if (able && *run != 0) able = check_kind(mount);
    if (able && *run != 0) able = ports_.mounts.check();
    if (!able) {
        reply_later<PotPtr>(ports_.executor, std::move(reply),
                            of_one_mount(std::move(able).error(), pot->spec.mounts.size()));
        return;
    }
    const VolumeService::Hold hold = volumes_.hold(next.mounts);
    const Reply<PotPtr> answer = [this, hold, reply = std::move(reply)](Result<PotPtr> result) {
        volumes_.let_go(hold);
        reply(std::move(result));
    };
    change_mounts(
        pot, std::move(next), *run,
        [this, mount, run = *run, answer](Result<PotPtr> stored) {
            if (!stored || run == 0) return answer(std::move(stored));
            show(*stored, mount, run, answer);
        },
        std::move(along));
}

void PotService::show(const PotPtr& pot, const MountSpec& mount, std::uint32_t run,
                      const Reply<PotPtr>& reply) {
    const Result<MountSpec> source = resolved(mount);
    if (!source) return take_back(pot, mount, run, source.error(), reply);
    ports_.mounts.mount({pot->id, run}, *source, pot->first_host_id,
                        [this, pot, mount, run, reply](Status shown) {
                            const PotPtr now = supervisor_.find(pot->id);
                            // A run that is over meanwhile has left it to the next one.
                            if (shown || !is_still_up(now, run)) return reply(now ? now : pot);
                            take_back(now, mount, run, std::move(shown).error(), reply);
                        });
}

/// It could not be shown: nothing half done.
void PotService::take_back(const PotPtr& pot, const MountSpec& mount, std::uint32_t run, Error cause,
                           const Reply<PotPtr>& reply) {
    cause = std::move(cause).in("pot " + pot->spec.name);
    change_mounts(pot, without(pot->spec, mount), run,
                  [cause = std::move(cause), reply](const Result<PotPtr>& undone) mutable {
                      if (!undone) cause.message += "; it stays in the spec: " + undone.error().message;
                      reply(std::move(cause));
                  },
                  {});
}

// Out: the run first, so that no volume looks unused while it is mounted.

void PotService::unmount(std::string_view name, const std::string& target, Reply<PotPtr> reply, Along along) {
    const auto id = find_or_reply<PotPtr>(name, reply);
    if (!id) return;
    const PotPtr pot = supervisor_.find(*id);
    const auto& mounts = pot->spec.mounts;
    const auto found = std::find_if(mounts.begin(), mounts.end(),
                                    [&](const MountSpec& one) { return one.target == target; });
    const Result<std::uint32_t> run = run_to_change(*pot);
    Status able = run ? Status() : Status(run.error());
    if (found == mounts.end()) {
        Error none =
            error(ErrorKind::NotFound, "target: pot " + pot->spec.name + " has no mount on '" + target + "'");
        none.field = "target";
        able = std::move(none);
    }
    if (able && *run != 0) able = check_kind(*found);
    if (able && *run != 0) able = ports_.mounts.check();
    if (!able) return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(able).error());
    if (*run == 0)
        return change_mounts(pot, without(pot->spec, *found), 0, std::move(reply), std::move(along));
    const Result<MountSpec> source = resolved(*found);
    if (!source) {
        Error away = error(ErrorKind::Conflict, source.error().message + "; stop the pot first");
        return reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(away));
    }
    ports_.mounts.unmount({pot->id, *run}, *source,
                          [this, pot, mount = *found, run = *run, reply = std::move(reply),
                           along = std::move(along)](Status hidden) {
                              // Not mounted: it was added for the next start only. A volume may have been
                              // moved away with a link, though, and must not look unused.
                              const bool absent = !hidden && hidden.error().kind == ErrorKind::NotFound;
                              if (hidden || (absent && mount.kind != MountSpec::Kind::Volume))
                                  return forget_mount(pot, mount, run, hidden.ok(), reply, along);
                              Error cause = std::move(hidden).error().in("pot " + pot->spec.name);
                              if (absent) {
                                  cause.kind = ErrorKind::Conflict;
                                  cause.message += "; stop the pot first";
                              }
                              reply(std::move(cause));
                          });
}

void PotService::forget_mount(const PotPtr& pot, const MountSpec& mount, std::uint32_t run, bool was_shown,
                              const Reply<PotPtr>& reply, Along along) {
    change_mounts(
        pot, without(pot->spec, mount), run,
        [this, pot, mount, run, was_shown, reply](Result<PotPtr> stored) {
            if (stored || !was_shown || !is_still_up(supervisor_.find(pot->id), run))
                return reply(std::move(stored));
            // As it was before.
            const Result<MountSpec> source = resolved(mount);
            if (!source) return reply(std::move(stored));
            ports_.mounts.mount({pot->id, run}, *source, pot->first_host_id,
                                [reply, stored](const Status& again) {
                                    Error cause = stored.error();
                                    if (!again)
                                        cause.message += "; and not mounted again: " + again.error().message;
                                    reply(std::move(cause));
                                });
        },
        std::move(along));
}

}  // namespace potd::core
