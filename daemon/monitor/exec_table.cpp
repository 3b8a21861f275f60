#include "daemon/monitor/exec_table.hpp"

#include "daemon/monitor/process.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>
#include <csignal>

#include <poll.h>

namespace potd::monitor {

using core::monitor_link::Exec;
using core::monitor_link::ExecExited;
using core::monitor_link::ExecFailed;
using core::monitor_link::ExecSignal;
using core::monitor_link::ExecStarted;

namespace {

/// A pot can stop what has come into it before it has become the command, and its helper waits for that.
constexpr std::int64_t start_patience_ms = 10'000;

}  // namespace

ExecTable::Entry* ExecTable::find(std::uint32_t id) {
    for (Entry& entry : entries_) {
        if (entry.id == id) return &entry;
    }
    return nullptr;
}

ExecTable::Entry* ExecTable::find_fd(int fd) {
    for (Entry& entry : entries_) {
        if (entry.id != 0 && (entry.command.report == fd || entry.command.process == fd)) return &entry;
    }
    return nullptr;
}

void ExecTable::refuse(std::uint32_t id, const Fault& fault) {
    link_.send(ExecFailed{id, {fault.stage, fault.error_number, fault.text.view()}});
}

void ExecTable::start(const Exec& frame, sys::Message& packet, bool running, int plan_fd) {
    Fault fault;
    Entry* entry = find(0);
    const int expected = frame.terminal ? 0 : 3;
    if (find(frame.id) != nullptr) {
        fail(fault, Stage::Plan, -EEXIST, "exec id");
    } else if (packet.fd_count != expected) {
        fail(fault, Stage::Plan, -EINVAL, "exec descriptors");
    } else if (entry == nullptr || !running) {
        fail(fault, Stage::Internal, running ? -EAGAIN : -ESRCH, "exec");
    } else {
        ExecStart command;
        if (pot_.start_exec({&frame, {packet.fds[0], packet.fds[1], packet.fds[2]}, plan_fd}, command, fault))
            *entry = {frame.id, command, sys::steady_ms() + start_patience_ms, false};
    }
    for (int i = 0; i < packet.fd_count; ++i) sys::close(packet.fds[i]);
    if (!fault.text.empty()) return refuse(frame.id, fault);
    const auto place = static_cast<std::size_t>(entry - entries_) + 1;
    if (place > used_) used_ = place;
}

void ExecTable::signal(const ExecSignal& frame) {
    const Entry* entry = find(frame.id);
    // One that has ended meanwhile is told by ExecExited.
    if (entry != nullptr && entry->command.process >= 0 && !entry->given_up)
        (void)signal_process(entry->command.process, frame.number);
}

std::size_t ExecTable::fill(std::span<pollfd> entries) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < used_ && count < entries.size(); ++i) {
        const Entry& entry = entries_[i];
        const ExecStart& command = entry.command;
        if (entry.id != 0)
            entries[count++] = {command.report >= 0 ? command.report : command.process, POLLIN, 0};
    }
    return count;
}

void ExecTable::handle(std::span<const pollfd> entries) {
    for (const pollfd& each : entries) {
        if (each.revents == 0) continue;
        Entry* entry = find_fd(each.fd);
        if (entry == nullptr) continue;
        if (entry->command.report == each.fd) {
            take_report(*entry);
        } else {
            take_end(*entry);
        }
    }
}

void ExecTable::take_report(Entry& entry) {
    Fault fault;
    ExecStart& command = entry.command;
    const ExecStep step = pot_.take_exec(command, fault);
    if (step == ExecStep::Waiting) return;
    if (step == ExecStep::Runs) {
        const int terminal[] = {command.terminal};
        link_.send(ExecStarted{entry.id, identify(command.pid)},
                   {terminal, std::size_t{command.terminal >= 0 ? 1U : 0U}});
        sys::close(command.terminal);
        command.terminal = -1;
        return;
    }
    if (step == ExecStep::Lost) strays_ = true;
    refuse(entry.id, fault);
    release(entry);
}

void ExecTable::release(Entry& entry) {
    entry = {};
    while (used_ > 0 && entries_[used_ - 1].id == 0) --used_;
}

void ExecTable::take_end(Entry& entry) {
    const long status = reap(entry.command.process);
    sys::close(entry.command.process);
    if (entry.given_up) {
        pot_.kill_untold(entry.command);
        strays_ = true;
    } else {
        link_.send(ExecExited{entry.id, static_cast<std::int32_t>(status)});
    }
    release(entry);
}

void ExecTable::finish() {
    for (Entry& entry : entries_) {
        if (entry.id == 0) continue;
        if (entry.command.report >= 0) take_report(entry);
        if (entry.id != 0 && entry.command.process >= 0) take_end(entry);
    }
}

bool ExecTable::knows(long pid) const {
    for (const Entry& entry : entries_) {
        const bool has_untold = entry.command.report >= 0 || entry.given_up;
        if (entry.id != 0 && (entry.command.pid == pid || has_untold)) return true;
    }
    return false;
}

void ExecTable::reap_strays() {
    for (long pid = pot_.next_stray(); pid != 0 && !knows(pid); pid = pot_.next_stray()) sys::reap_pid(pid);
}

int ExecTable::patience() const {
    std::int64_t first = -1;
    for (const Entry& entry : entries_) {
        const bool waits = entry.id != 0 && entry.command.report >= 0 && entry.command.helper >= 0;
        if (waits && (first < 0 || entry.late_ms < first)) first = entry.late_ms;
    }
    if (first < 0) return -1;
    const std::int64_t left = first - sys::steady_ms();
    return left < 0 ? 0 : static_cast<int>(left);
}

/// The helper first: once it is dead nothing more is born, and take_end kills what was.
void ExecTable::give_up_late() {
    if (patience() != 0) return;
    const std::int64_t now = sys::steady_ms();
    for (Entry& entry : entries_) {
        ExecStart& command = entry.command;
        if (entry.id == 0 || command.report < 0 || command.helper < 0 || now < entry.late_ms) continue;
        Fault fault;
        fail(fault, Stage::Internal, -ETIMEDOUT, "exec: it has not begun (stopped by somebody in the pot?)");
        refuse(entry.id, fault);
        (void)signal_process(command.helper, SIGKILL);
        sys::close(command.report);
        command.report = -1;
        command.process = command.helper;
        command.helper = -1;
        entry.given_up = true;
    }
}

}  // namespace potd::monitor
