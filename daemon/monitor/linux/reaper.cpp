#include "daemon/monitor/linux/reaper.hpp"

#include "daemon/monitor/control.hpp"
#include "daemon/monitor/linux/raw_call.hpp"

#include <cerrno>
#include <cstdint>

#include <linux/wait.h>
#include <signal.h>

namespace potd::monitor {

namespace {

constexpr std::uint64_t bit(int number) {
    return std::uint64_t{1} << (number - 1);
}

constexpr std::uint64_t ending_signals =
    bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGTERM) | bit(SIGPWR);
constexpr std::uint64_t forwarded_signals =
    ending_signals | bit(SIGUSR1) | bit(SIGUSR2) | bit(SIGWINCH) | bit(SIGALRM);
constexpr std::uint64_t awaited_signals = forwarded_signals | bit(SIGCHLD) | bit(order_signal);

}  // namespace

bool Reaper::reap_all() {
    constexpr unsigned orders_after = 64;  // a pot may fork faster than this reaps
    for (unsigned reaped = 1;; ++reaped) {
        if (reaped % orders_after == 0) obey();
        int status = 0;
        const long pid = raw_call(SYS_wait4, -1, &status, WNOHANG | __WALL, nullptr);
        if (pid == -ECHILD) return ending_;
        if (pid <= 0) return false;
        if (pid != main_) continue;
        main_ = 0;
        ControlMessage message;
        message.kind = ControlMessage::MainEnded;
        message.value = status;
        send_control(control_, message);
        if (!stays_) return true;
    }
}

/// A signal for a pot without a running command is meant for the pot: from outside it ends it.
bool Reaper::take_signal(int number, bool from_outside) {
    if (reap_all()) return true;  // the command may have ended just now
    if (main_ != 0) {
        raw_call(SYS_kill, main_, number);
        return false;
    }
    if (!from_outside || (ending_signals & bit(number)) == 0) return false;
    ending_ = true;
    raw_call(SYS_kill, -1, number);
    return reap_all();
}

/// Nothing is ordered by a signal that came from within the pot.
void Reaper::obey() {
    for (int number = take_order(control_); number != 0; number = take_order(control_))
        raw_call(SYS_kill, -1, number);
}

void Reaper::run() {
    if (reap_all()) return;
    for (;;) {
        siginfo_t info{};
        const std::uint64_t awaited = awaited_signals;
        const long number = raw_call(SYS_rt_sigtimedwait, &awaited, &info, nullptr, sizeof awaited);
        if (number < 0) continue;  // EINTR after a stop
        if (number == order_signal) {
            obey();
            continue;
        }
        const bool end =
            number == SIGCHLD ? reap_all() : take_signal(static_cast<int>(number), info.si_pid == 0);
        if (end) return;
    }
}

}  // namespace potd::monitor
