#include "daemon/monitor/freebsd/process.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <poll.h>
#include <signal.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <sys/procctl.h>
#include <sys/procdesc.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

std::uint64_t microseconds(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

template <std::size_t Size>
bool read_kernel(const int (&name)[Size], void* into, std::size_t size) {
    std::size_t got = size;
    return ::sysctl(name, Size, into, &got, nullptr, 0) == 0 && got == size;
}

}  // namespace

/// The kernel tells the start by the wall clock, which may be set; less the boot's time it stays what it was.
core::monitor_link::LinkIdentity identify(long host_pid) {
    const auto pid = static_cast<int>(host_pid);
    const int boot_name[] = {CTL_KERN, KERN_BOOTTIME};
    const int process_name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    timeval before{}, after{};
    kinfo_proc about{};
    do {
        if (!read_kernel(boot_name, &before, sizeof before)) return {pid, 0};
        if (!read_kernel(process_name, &about, sizeof about)) return {pid, 0};
        if (!read_kernel(boot_name, &after, sizeof after)) return {pid, 0};
    } while (microseconds(before) != microseconds(after));
    return {pid, microseconds(about.ki_start) - microseconds(before)};
}

long signal_process(int process, int number) {
    return ::pdkill(process, number) == 0 ? 0 : -errno;
}

bool runs(int process) {
    pollfd one{process, POLLIN, 0};
    return process >= 0 && ::poll(&one, 1, 0) == 0;
}

long reap(int process) {
    pid_t pid = 0;
    if (::pdgetpid(process, &pid) != 0) return -errno;
    int status = 0;
    pid_t reaped = 0;
    do {
        reaped = ::waitpid(pid, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    return reaped < 0 ? -errno : status;
}

/// The kernel takes back a stack's pages when it needs them; there is no call that zeroes them at once
/// without a mapping of its own.
void give_back_stack() {}

void become_keeper() {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    ::setsid();
    (void)::procctl(P_PID, 0, PROC_REAP_ACQUIRE, nullptr);  // EBUSY: it is one already
    int untraced = PROC_TRACE_CTL_DISABLE;
    (void)::procctl(P_PID, 0, PROC_TRACE_CTL, &untraced);
    int kept = PPROT_SET;
    (void)::procctl(P_PID, 0, PROC_SPROTECT, &kept);  // refused in a jail, where the host decides
}

int watch_children(Fault& fault) {
    const int queue = ::kqueue();
    struct kevent ended {};
    EV_SET(&ended, SIGCHLD, EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
    if (queue >= 0 && ::kevent(queue, &ended, 1, nullptr, 0, nullptr) == 0) return queue;
    fail(fault, Stage::Internal, -errno, "watch for the end of processes");
    sys::close(queue);
    return -1;
}

void reap_orphans(int queue) {
    const timespec at_once{};
    struct kevent ended {};
    while (::kevent(queue, nullptr, 0, &ended, 1, &at_once) > 0) {
    }
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

unsigned descendants() {
    procctl_reaper_status status{};
    return ::procctl(P_PID, 0, PROC_REAP_STATUS, &status) == 0 ? status.rs_descendants : 0;
}

void close_all_except(std::span<const int> kept) {
    unsigned from = 3;
    for (;;) {
        unsigned next = ~0U;
        for (const int fd : kept) {
            const auto number = static_cast<unsigned>(fd);
            if (fd >= 0 && number >= from && number < next) next = number;
        }
        if (next > from) ::close_range(from, next == ~0U ? next : next - 1, 0);
        if (next == ~0U) return;
        from = next + 1;
    }
}

long fork_with_descriptor(int& process) {
    const pid_t pid = ::pdfork(&process, PD_CLOEXEC);
    return pid < 0 ? -errno : pid;
}

}  // namespace potd::monitor
