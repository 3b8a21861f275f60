#include "daemon/monitor/linux/exec_table.hpp"

#include "daemon/monitor/linux/control.hpp"
#include "daemon/monitor/linux/exec_helper.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"

#include <cerrno>

#include <linux/wait.h>
#include <poll.h>
#include <signal.h>

namespace potd::monitor {

using core::monitor_link::Exec;
using core::monitor_link::ExecExited;
using core::monitor_link::ExecFailed;
using core::monitor_link::ExecSignal;
using core::monitor_link::ExecStarted;

ExecTable::Entry* ExecTable::find(std::uint32_t id) {
    for (Entry& entry : entries_) {
        if (entry.id == id) return &entry;
    }
    return nullptr;
}

ExecTable::Entry* ExecTable::find_fd(int fd) {
    for (Entry& entry : entries_) {
        if (entry.id != 0 && (entry.report == fd || entry.process == fd)) return &entry;
    }
    return nullptr;
}

void ExecTable::refuse(std::uint32_t id, const Fault& fault) {
    link_.send(ExecFailed{id, {fault.stage, fault.error_number, fault.text.view()}});
}

void ExecTable::start(const Exec& frame, sys::Message& packet, int init, int plan_fd) {
    Fault fault;
    Entry* entry = find(0);
    const int expected = frame.terminal ? 0 : 3;
    ExecHelper helper;
    if (find(frame.id) != nullptr) {
        fail(fault, Stage::Plan, -EEXIST, "exec id");
    } else if (packet.fd_count != expected) {
        fail(fault, Stage::Plan, -EINVAL, "exec descriptors");
    } else if (entry == nullptr || init < 0) {
        fail(fault, Stage::Internal, init < 0 ? -ESRCH : -EAGAIN, "exec");
    } else {
        ExecOrder order{&frame, {packet.fds[0], packet.fds[1], packet.fds[2]}, init, plan_fd};
        if (start_exec_helper(order, helper, fault))
            *entry = {frame.id, helper.report, helper.process, -1, 0};
    }
    for (int i = 0; i < packet.fd_count; ++i) sys::close(packet.fds[i]);
    if (!fault.text.empty()) return refuse(frame.id, fault);
    const auto place = static_cast<std::size_t>(entry - entries_) + 1;
    if (place > used_) used_ = place;
}

void ExecTable::signal(const ExecSignal& frame) {
    const Entry* entry = find(frame.id);
    // One that has ended meanwhile is told by ExecExited.
    if (entry != nullptr && entry->process >= 0) (void)signal_process(entry->process, frame.number);
}

std::size_t ExecTable::fill(std::span<pollfd> entries) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < used_ && count < entries.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.id != 0) entries[count++] = {entry.report >= 0 ? entry.report : entry.process, POLLIN, 0};
    }
    return count;
}

void ExecTable::handle(std::span<const pollfd> entries) {
    for (const pollfd& each : entries) {
        if (each.revents == 0) continue;
        Entry* entry = find_fd(each.fd);
        if (entry == nullptr) continue;
        if (entry->report == each.fd) {
            take_report(*entry);
        } else {
            take_end(*entry);
        }
    }
}

void ExecTable::take_report(Entry& entry) {
    ControlMessage message;
    const Received received = receive_control(entry.report, message);
    if (!received.whole && !received.ended) return;
    sys::close(entry.report);
    entry.report = -1;
    (void)reap(entry.helper);  // it ends right after its message
    sys::close(entry.helper);
    entry.helper = -1;
    if (received.whole && message.kind == ControlMessage::Started) {
        entry.process = received.process;
        entry.pid = message.value;
        const int terminal[] = {received.terminal};
        link_.send(ExecStarted{entry.id, identify(message.value)}, {terminal, message.terminals});
        sys::close(received.terminal);
        return;
    }
    Fault fault = fault_of(message);
    if (!received.whole) {
        fail(fault, Stage::Internal, 0, "exec: its helper was killed on the way (no memory in the pot?)");
        strays_ = true;
    }
    if (message.value > 0) raw_call(SYS_wait4, message.value, nullptr, __WALL, nullptr);
    refuse(entry.id, fault);
    release(entry);
}

void ExecTable::release(Entry& entry) {
    entry = {};
    while (used_ > 0 && entries_[used_ - 1].id == 0) --used_;
}

void ExecTable::take_end(Entry& entry) {
    const long status = reap(entry.process);
    sys::close(entry.process);
    link_.send(ExecExited{entry.id, static_cast<std::int32_t>(status)});
    release(entry);
}

void ExecTable::finish() {
    for (Entry& entry : entries_) {
        if (entry.id == 0) continue;
        if (entry.report >= 0) take_report(entry);
        if (entry.id != 0 && entry.process >= 0) take_end(entry);
    }
}

bool ExecTable::knows(long pid) const {
    for (const Entry& entry : entries_) {
        if (entry.id != 0 && (entry.pid == pid || entry.report >= 0)) return true;
    }
    return false;
}

void ExecTable::reap_strays(int init) {
    siginfo_t info{};
    const long result = raw_call(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, nullptr);
    if (result < 0 || info.si_pid == 0 || info.si_pid == pid_of(init) || knows(info.si_pid)) return;
    raw_call(SYS_wait4, info.si_pid, nullptr, __WALL | WNOHANG, nullptr);
}

}  // namespace potd::monitor
