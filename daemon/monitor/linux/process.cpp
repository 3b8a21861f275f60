#include "daemon/monitor/linux/process.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/wait.h>
#include <poll.h>
#include <signal.h>

namespace potd::monitor {

namespace {

using Path = FixedText<64>;

/// Content of a small file of /proc.
std::string_view read_file(const char* path, std::span<char> room) {
    const int fd = sys::open_at(AT_FDCWD, path, O_RDONLY);
    if (fd < 0) return {};
    const long size = sys::read(fd, room.data(), room.size());
    sys::close(fd);
    return size <= 0 ? std::string_view() : std::string_view(room.data(), static_cast<std::size_t>(size));
}

std::uint64_t leading_number(std::string_view text) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
        value = value * 10 + static_cast<std::uint64_t>(text[i] - '0');
    }
    return value;
}

/// Field 22 of /proc/PID/stat; field 2, the name, may hold anything, so count from its last ')'.
std::uint64_t start_time(std::string_view stat) {
    constexpr int fields_after_name = 20;
    std::size_t at = stat.rfind(')');
    if (at == stat.npos) return 0;
    for (int field = 0; field < fields_after_name && at != stat.npos; ++field) at = stat.find(' ', at + 1);
    return at == stat.npos ? 0 : leading_number(tail(stat, at + 1));
}

long write_oom_score(int value) {
    const int fd = sys::open_at(AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0) return fd;
    FixedText<16> text;
    text.add_number(value);
    const long result = sys::write(fd, text.c_str(), text.view().size());
    sys::close(fd);
    return result;
}

std::uintptr_t stack_end = 0;

}  // namespace

core::monitor_link::LinkIdentity identify(long host_pid) {
    Path path;
    path.add("/proc/").add_number(host_pid).add("/stat");
    char text[512];
    return {static_cast<std::int32_t>(host_pid), start_time(read_file(path.c_str(), text))};
}

long pid_of(int pidfd) {
    Path path;
    path.add("/proc/self/fdinfo/").add_number(pidfd);
    char text[512];
    const std::string_view info = read_file(path.c_str(), text);
    const std::size_t at = info.find("\nPid:\t");
    return at == info.npos ? 0 : static_cast<long>(leading_number(tail(info, at + 6)));
}

long signal_process(int pidfd, int number) {
    return raw_call(SYS_pidfd_send_signal, pidfd, number, nullptr, 0);
}

bool runs(int pidfd) {
    pollfd process{pidfd, POLLIN, 0};
    timespec at_once{};
    return pidfd >= 0 && raw_call(SYS_ppoll, &process, 1, &at_once, nullptr, 0) == 0;
}

long reap(int pidfd) {
    siginfo_t info{};
    const long result = raw_call(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | __WALL, nullptr);
    if (result < 0) return result;
    if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
    return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

void close_all_except(std::span<const int> kept) {
    int from = 0;
    for (;;) {
        int next = -1;
        for (const int fd : kept) {
            if (fd >= from && (next < 0 || fd < next)) next = fd;
        }
        if (next < 0) break;
        if (next > from) raw_call(SYS_close_range, from, next - 1, 0);
        from = next + 1;
    }
    raw_call(SYS_close_range, from, ~0U, 0);
}

void block_all_signals() {
    const std::uint64_t all = ~std::uint64_t{0};
    raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof all);
}

void hide_from_tracing() {
    raw_call(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

__attribute__((noinline)) void give_back_stack() {
    constexpr std::uintptr_t page = 4096;
    constexpr std::uintptr_t depth = std::uintptr_t{128} * 1024;
    char here = 0;
    const std::uintptr_t top = (reinterpret_cast<std::uintptr_t>(&here) & ~(page - 1)) - page;
    const std::uintptr_t end = stack_end == 0 ? top - depth : stack_end;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): whole pages are a matter of numbers
    if (end < top) sys::give_back(reinterpret_cast<void*>(end), top - end);
}

void set_stack_end(std::uintptr_t lowest) {
    stack_end = lowest;
}

void set_oom_score(int value) {
    // Below the inherited value it needs a right the host may lack; then the inherited one stays.
    (void)write_oom_score(value);
}

void lower_oom_score() {
    for (const int value : {-900, -500, -100, 0}) {
        if (write_oom_score(value) >= 0) return;
    }
}

}  // namespace potd::monitor
