#include "daemon/platform/posix/monitor_facts.hpp"

#include <cerrno>
#include <csignal>
#include <string>

#include <sys/wait.h>

namespace potd::platform {

namespace link = core::monitor_link;

namespace {

/// The status that speaks for the run: the command's, else (no command, or it outlived its init) init's.
int deciding_status(const link::ExitFacts& facts) {
    return facts.has_main_status ? facts.main_status : facts.init_status;
}

std::string reason_of(const link::ExitFacts& facts, const core::ExitRecord& record, bool kill_requested) {
    if (kill_requested || facts.kill_requested) return "killed";
    if (record.oom) return "oom";
    if (facts.signal_requested != 0) return "stopped";
    return record.signal ? "killed" : "exited";
}

struct StageMeaning {
    core::ErrorKind kind;
    const char* field;
};

/// What the stage says: a command, user or directory that the pot does not have is a mistake in the
/// request, whatever errno calls it. Internal leaves the choice to errno.
StageMeaning meaning_of(link::Stage stage) {
    switch (stage) {
        case link::Stage::User: return {core::ErrorKind::InvalidArgument, "user"};
        case link::Stage::Command: return {core::ErrorKind::InvalidArgument, "command"};
        case link::Stage::Workdir: return {core::ErrorKind::InvalidArgument, "workdir"};
        case link::Stage::Plan: return {core::ErrorKind::InvalidArgument, ""};
        default: return {core::ErrorKind::Internal, ""};
    }
}

}  // namespace

core::ExitRecord to_record(const link::ExitFacts& facts, bool kill_requested) {
    core::ExitRecord record;
    record.ended_at = {facts.ended_at_ms};
    const int status = deciding_status(facts);
    if (WIFSIGNALED(status)) {
        record.signal = WTERMSIG(status);
    } else {
        record.exit_code = WEXITSTATUS(status);
    }
    record.oom = facts.oom_kills > 0 && status != 0;
    record.reason = reason_of(facts, record, kill_requested);
    if (facts.peak_memory >= 0) record.peak_memory = facts.peak_memory;
    return record;
}

core::ExitRecord lost_record(core::WallTime at, std::string_view why) {
    core::ExitRecord record;
    record.ended_at = at;
    record.lost = true;
    record.reason = "lost: " + std::string(why);
    return record;
}

core::Error to_error(const link::Failure& failure) {
    const StageMeaning meaning = meaning_of(failure.stage);
    core::Error error = core::error(meaning.kind, std::string(failure.text));
    if (failure.error_number != 0 && meaning.kind == core::ErrorKind::Internal) {
        const core::ErrorKind by_number = core::os_error(failure.error_number, "").kind;
        if (by_number != core::ErrorKind::Internal) error.kind = by_number;
    }
    error.field = meaning.field;
    error.os_error = failure.error_number;
    return error;
}

core::ExecResult to_result(int wait_status) {
    if (WIFSIGNALED(wait_status)) return {128 + WTERMSIG(wait_status), WTERMSIG(wait_status)};
    return {WEXITSTATUS(wait_status), 0};
}

}  // namespace potd::platform
