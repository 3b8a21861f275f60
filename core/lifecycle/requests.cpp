#include "core/lifecycle/step.hpp"

// Pausing, destroying, changing, and the refusal of what does not fit the state.

namespace potd::core {
namespace {

Error conflict(const Pot& pot, std::string_view verb) {
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          ", cannot " + std::string(verb) + " it");
}

Error is_unfinished(const Pot& pot, std::string_view verb) {
    const bool updated = pot.unfinished->then == IfUnfinished::Revert;
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is being " + (updated ? "updated" : "made") +
                                          ", cannot " + std::string(verb) + " it before that is done; " +
                                          (updated ? "cancel the operation" : "destroy it by force") +
                                          " to end it");
}

Error needs_force(const Pot& pot) {
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          "; stop it first or use force");
}

}  // namespace

void refuse(Step& step) {
    if (const RequestId request = request_of(step.event); request != 0) {
        step.answer(request, conflict(step.pot(), verb_of(step.event)));
    }
}

bool is_for_maker_only(const LifeEvent& event) {
    if (const auto* start = std::get_if<StartAsked>(&event)) return !start->by_maker;
    if (const auto* change = std::get_if<ChangeAsked>(&event)) return !change->unfinished;
    if (const auto* destroy = std::get_if<DestroyAsked>(&event)) return !destroy->force;
    return std::holds_alternative<RestartAsked>(event) || std::holds_alternative<PauseAsked>(event) ||
           std::holds_alternative<DropUnstartedAsked>(event);
}

void refuse_unfinished(Step& step) {
    step.answer(request_of(step.event), is_unfinished(step.pot(), verb_of(step.event)));
}

void pause(Step& step) {
    if (step.out.next.changing_freeze) {
        refuse(step);
        return;
    }
    step.out.next.changing_freeze = true;
    step.out.next.freezing_for = step.as<PauseAsked>().by_rule;
    step.await(step.as<PauseAsked>().request, Goal::Paused);
    step.act(SetFrozen{step.run().number, true});
}

void resume(Step& step) {
    if (step.out.next.changing_freeze) {
        refuse(step);
        return;
    }
    step.out.next.changing_freeze = true;
    step.await(step.as<ResumeAsked>().request, Goal::Resumed);
    step.act(SetFrozen{step.run().number, false});
}

void freeze_done(Step& step) {
    const FreezeDone& event = step.as<FreezeDone>();
    step.out.next.changing_freeze = false;
    const Goal goal = event.frozen ? Goal::Paused : Goal::Resumed;
    if (event.problem) {
        step.answer_all(goal, *event.problem);
        return;
    }
    const PotState reached = event.frozen ? PotState::Paused : PotState::Running;
    if (step.pot().state == reached) return;  // a recovery wanted to be sure; nobody else is let in meanwhile
    step.enter(reached);
    step.out.intent = true;
    std::string& rule = step.out.next.freezing_for;
    if (event.frozen && !rule.empty()) {
        step.note("pot.paused", {{"rule", rule}});
        step.pot().frozen_by = std::move(rule);
    } else {
        step.note(event.frozen ? "pot.paused" : "pot.resumed");
    }
    rule.clear();
    step.answer_all(goal);
}

void destroy(Step& step) {
    step.out.intent = true;
    step.await(step.as<DestroyAsked>().request, Goal::Gone);
    remove_pot(step);
}

/// It has no process, but it is wanted up: as good as running to whoever made it.
void destroy_backoff(Step& step) {
    if (step.as<DestroyAsked>().force) {
        cancel_timer(step);
        destroy(step);
    } else {
        step.answer(step.as<DestroyAsked>().request, needs_force(step.pot()));
    }
}

void destroy_live(Step& step) {
    const DestroyAsked& event = step.as<DestroyAsked>();
    if (!event.force) {
        step.answer(event.request, needs_force(step.pot()));
        return;
    }
    interrupt_others(step, "destroyed");
    const bool stopping = step.pot().state == PotState::Stopping;
    if (!step.run().end) thaw(step);
    step.pot().desired = Desired::Stopped;
    step.out.next.destroy_when_ended = true;
    step.enter(PotState::Destroying);
    step.out.intent = true;
    step.note("pot.destroying");
    step.await(event.request, Goal::Gone);
    if (step.run().end) return;
    if (stopping)
        kill_now(step);
    else
        begin_stop(step, StopCause::Stop, {step.pot().spec.stop.signal, milliseconds{0}});
}

void join_destroy(Step& step) {
    // Written once more: the first request's record may have failed to reach the disk.
    step.out.changed = step.out.intent = true;
    step.await(step.as<DestroyAsked>().request, Goal::Gone);
}

void drop_unstarted(Step& step) {
    const DropUnstartedAsked& event = step.as<DropUnstartedAsked>();
    if (step.pot().version != event.version || !is_unstarted(step.pot())) {
        refuse(step);
        return;
    }
    step.out.intent = true;
    step.await(event.request, Goal::Gone);
    remove_pot(step, {{"reason", "not started within " + format_duration(event.age)}});
}

/// What runs has the addresses it was started with: nobody else may be given them before it has ended.
Error keeps_address(const Pot& pot, const PlacedAddress& given_up) {
    Error error =
        core::error(ErrorKind::Conflict,
                    "network: pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) + " with " +
                        to_string(given_up.address) + "; stop it before it gives the address up");
    error.field = "network";
    return error;
}

Error keeps_links(const Pot& pot, const std::string& links) {
    Error error = core::error(ErrorKind::Conflict, "network: pot " + pot.spec.name + " is " +
                                                       std::string(to_string(pot.state)) +
                                                       "; stop it before it changes its " + links);
    error.field = "network";
    return error;
}

/// The first mount of a volume that the next spec lacks or has otherwise.
const MountSpec* given_up_volume(const PotSpec& before, const PotSpec& next) {
    const auto kept = [&](const MountSpec& mount) {
        return std::find(next.mounts.begin(), next.mounts.end(), mount) != next.mounts.end();
    };
    for (const MountSpec& mount : before.mounts) {
        if (mount.kind == MountSpec::Kind::Volume && !kept(mount)) return &mount;
    }
    return nullptr;
}

/// What runs has the volumes mounted it was started with: none of them may look unused before it has ended.
Error keeps_volume(const Pot& pot, const MountSpec& given_up) {
    Error error = core::error(ErrorKind::Conflict, "mounts: pot " + pot.spec.name + " is " +
                                                       std::string(to_string(pot.state)) + " with fscomp " +
                                                       given_up.source + " on " + given_up.target +
                                                       "; stop the pot first");
    error.field = "mounts";
    return error;
}

std::uint32_t live_run_number(const Pot& pot) {
    return is_live(pot.state) && pot.run ? pot.run->number : 0;
}

/// What a pot keeps while it runs stays, and so does what has become another since the change was checked.
Status check_change(const Pot& pot, const ChangeAsked& event) {
    const NetworkSpec& network = pot.spec.network;
    const bool live = is_live(pot.state);
    if (event.previous != pot.spec)
        return error(ErrorKind::Conflict,
                     "pot " + pot.spec.name + " was changed by another request; try again");
    if (const auto given_up = given_up_address(network, event.next.network); given_up && live)
        return keeps_address(pot, *given_up);
    if (event.next.network.bridges != network.bridges && live) return keeps_links(pot, "bridges");
    if (event.next.network.devices != network.devices && live) return keeps_links(pot, "devices");
    if (event.run && *event.run != live_run_number(pot))
        return error(ErrorKind::Conflict,
                     "pot " + pot.spec.name + " has started or ended meanwhile; try again");
    const MountSpec* given_up = given_up_volume(pot.spec, event.next);
    if (given_up != nullptr && live && !event.run) return keeps_volume(pot, *given_up);
    return {};
}

void change(Step& step) {
    const ChangeAsked& event = step.as<ChangeAsked>();
    if (Status able = check_change(step.pot(), event); !able) {
        step.answer(event.request, std::move(able).error());
        return;
    }
    const bool renamed = event.next.name != step.pot().spec.name;
    const std::string before = step.pot().spec.name;
    step.pot().spec = event.next;
    if (event.leases && *event.leases != step.pot().leases) {
        step.pot().leases = *event.leases;
        step.out.leases_changed = true;
    }
    if (event.unfinished) step.pot().unfinished = *event.unfinished;
    step.touch();
    step.out.intent = true;
    if (event.unfinished) {
        if (!*event.unfinished) step.note("pot.finished");
    } else if (event.promotes && step.pot().origin) {
        step.note("pot.promoted", {{"origin", step.pot().origin->pot}});
        step.pot().origin.reset();
    } else if (renamed) {
        step.note("pot.renamed", {{"from", before}});
    } else {
        step.note("pot.changed");
    }
    step.answer(event.request);
}

}  // namespace potd::core
