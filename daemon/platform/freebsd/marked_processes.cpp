#include "daemon/platform/freebsd/marked_processes.hpp"

#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>

#include <sys/param.h>
// after sys/param.h
#include <sys/event.h>
#include <sys/sysctl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

bool is_marked(pid_t pid, std::string_view mark, std::string& room) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_ENV, pid};
    std::size_t size = room.size();
    if (::sysctl(name.data(), name.size(), room.data(), &size, nullptr, 0) != 0) return false;
    std::string_view environment(room.data(), size);
    while (!environment.empty()) {
        const std::size_t end = std::min(environment.find('\0'), environment.size());
        if (environment.substr(0, end).starts_with(mark)) return true;
        environment.remove_prefix(std::min(end + 1, environment.size()));
    }
    return false;
}

/// Until one of them has ended, or the time is up.
void wait_for_an_end(const std::vector<pid_t>& processes, int limit_ms) {
    const UniqueFd queue(::kqueue());
    if (!queue) return;
    for (const pid_t pid : processes) {
        struct kevent change {};
        EV_SET(&change, static_cast<std::uintptr_t>(pid), EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0,
               nullptr);
        // One that has ended since is looked for again at once.
        if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0 && errno == ESRCH) return;
    }
    const timespec limit{limit_ms / 1000, static_cast<long>(limit_ms % 1000) * 1'000'000};
    struct kevent event {};
    static_cast<void>(::kevent(queue.get(), nullptr, 0, &event, 1, &limit));
}

}  // namespace

core::Result<std::vector<pid_t>> processes_marked(std::string_view mark) {
    const auto table = all_processes();
    if (!table) return table.error();
    std::string room(std::size_t{256} * 1024, '\0');
    std::vector<pid_t> marked;
    for (const kinfo_proc& process : *table) {
        const bool candidate = process.ki_pid != ::getpid() && process.ki_stat != SZOMB;
        if (candidate && is_marked(process.ki_pid, mark, room)) marked.push_back(process.ki_pid);
    }
    return marked;
}

core::Status kill_marked(std::string_view mark, int limit_ms) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + std::chrono::milliseconds(limit_ms);
    while (true) {
        const auto marked = processes_marked(mark);
        if (!marked) return marked.error();
        if (marked->empty()) return {};
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) {
            return core::error(core::ErrorKind::Timeout,
                               "process " + std::to_string(marked->front()) + " does not end");
        }
        // The look and the kill are microseconds apart, pids are given out anew after thousands.
        for (const pid_t pid : *marked) static_cast<void>(::kill(pid, SIGKILL));
        wait_for_an_end(*marked, static_cast<int>(left));
    }
}

}  // namespace potd::platform
