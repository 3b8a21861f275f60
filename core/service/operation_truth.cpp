#include "core/service/operation_truth.hpp"

#include <string>
#include <utility>

namespace potd::core {
namespace {

Error cut(std::string_view how) {
    return error(ErrorKind::Unavailable, "interrupted by a restart of potd" + std::string(how));
}

Error cancelled(const std::string& pot, std::string_view how) {
    return error(ErrorKind::Cancelled, "pot " + pot + " was " + std::string(how) + " by another request");
}

/// A run that is over, to whoever wanted it up.
Status start_by_end(const Operation& operation, const Run& run) {
    const ExitRecord& end = *run.end;
    const bool failed = run.stop_cause == StopCause::Poststart || end.reason.starts_with("start failed: ");
    if (failed || end.lost) return error(ErrorKind::Conflict, "pot " + operation.pot + ": " + end.reason);
    // A command that was quicker than its poststart hooks did run.
    if (run.started_at && run.stop_cause == StopCause::None) return {};
    if (run.stop_cause == StopCause::None)
        return error(ErrorKind::Conflict, "pot " + operation.pot + " has ended: " + end.reason);
    return cancelled(operation.pot, "stopped");
}

std::optional<Status> truth_of_start(const Operation& operation, const Pot* pot, const Run* done) {
    if (done != nullptr && done->number == operation.run) return start_by_end(operation, *done);
    if (pot == nullptr) return Status(cancelled(operation.pot, "destroyed"));
    if (!pot->run || pot->run->number > operation.run) return Status(cut("; its end is not known"));
    const Run& run = *pot->run;
    if (run.number < operation.run) {  // a restart whose stop goes on
        const bool coming = pot->state == PotState::Stopping && pot->desired == Desired::Running;
        return coming ? std::nullopt : std::optional<Status>(cancelled(operation.pot, "stopped"));
    }
    if (run.end)
        return run.stage == RunStage::Done ? std::optional(start_by_end(operation, run)) : std::nullopt;
    return run.stage == RunStage::Up ? std::optional<Status>(Status()) : std::nullopt;
}

std::optional<Status> truth_of_stop(const Operation& operation, const Pot* pot) {
    if (pot == nullptr) return Status();
    const bool next = pot->run && pot->run->number > operation.run;
    if (next || !(is_live(pot->state) || pot->state == PotState::Destroying)) return Status();
    return std::nullopt;
}

/// Of one with flavours its maker says how it has ended (OperationService::fail_left).
std::optional<Status> truth_of_making(const Pot* pot) {
    return pot != nullptr && pot->unfinished ? std::nullopt : std::optional<Status>(Status());
}

std::optional<Status> truth_of_destroy(const Pot* pot) {
    if (pot == nullptr) return Status();
    if (pot->state == PotState::Destroying) return std::nullopt;
    return Status(cut(""));
}

}  // namespace

std::optional<Status> truth_of(const Operation& operation, const Pot* pot, const Run* done) {
    if (is_recorded_first(operation.kind)) return Status(cut("; it may have taken effect"));
    if (!operation.begun) return Status(cut(" before it took effect"));
    switch (operation.kind) {
        case OperationKind::Start:
        case OperationKind::Restart: return truth_of_start(operation, pot, done);
        case OperationKind::Stop: return truth_of_stop(operation, pot);
        case OperationKind::Create:
        case OperationKind::UpdateBase:
        case OperationKind::Clone: return truth_of_making(pot);
        case OperationKind::Destroy: return truth_of_destroy(pot);
        default: return Status();
    }
}

bool is_one_step(OperationKind kind) noexcept {
    switch (kind) {
        case OperationKind::Create:
        case OperationKind::InstallBase:
        case OperationKind::RemoveBase:
        case OperationKind::Pause:
        case OperationKind::Resume:
        case OperationKind::Rename:
        case OperationKind::Change:
        case OperationKind::Snapshot:
        case OperationKind::RemoveSnapshot:
        case OperationKind::PurgeSnapshots:
        case OperationKind::Clone:
        case OperationKind::Promote:
        case OperationKind::CreateVolume:
        case OperationKind::ChangeVolume:
        case OperationKind::RemoveVolume:
        case OperationKind::Mount:
        case OperationKind::UpdateBase:
        case OperationKind::RollBackBase:
        case OperationKind::CreateNetwork:
        case OperationKind::RemoveNetwork:
        case OperationKind::Unmount: return true;
        default: return false;
    }
}

bool is_recorded_first(OperationKind kind) noexcept {
    return kind == OperationKind::Kill || kind == OperationKind::Exec || kind == OperationKind::Prune ||
           kind == OperationKind::Shutdown || kind == OperationKind::Rollback;
}

bool is_long(OperationKind kind) noexcept {
    return kind != OperationKind::Kill && kind != OperationKind::Exec && kind != OperationKind::Rename &&
           kind != OperationKind::Change && kind != OperationKind::Promote && kind != OperationKind::Mount &&
           kind != OperationKind::Unmount && kind != OperationKind::RollBackBase;
}

std::string stage_text(const Operation& operation, const Pot& pot) {
    if (!pot.run || !operation.begun) return {};
    switch (pot.run->stage) {
        case RunStage::Waiting: return "waits for the pots it depends on";
        case RunStage::Prestart:
        case RunStage::Poststart:
        case RunStage::Prestop:
        case RunStage::Poststop:
            if (const HookRecord* hook = pot.run->running_hook())
                return std::string(to_string(hook->stage)) + " hook " + std::to_string(hook->index + 1);
            return {};
        case RunStage::Launching: return "launches";
        case RunStage::Ending: return "has been asked to end";
        case RunStage::Releasing: return "is cleaned up";
        case RunStage::Up:
        case RunStage::Done: return {};
    }
    return {};
}

}  // namespace potd::core
