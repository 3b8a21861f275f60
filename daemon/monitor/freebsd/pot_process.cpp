#include "daemon/monitor/freebsd/pot_process.hpp"

#include "daemon/monitor/command_words.hpp"
#include "daemon/monitor/control.hpp"
#include "daemon/monitor/freebsd/process.hpp"
#include "daemon/monitor/freebsd/terminal.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>
#include <signal.h>
#include <sys/param.h>
// after sys/param.h
#include <sys/ioctl.h>
#include <sys/jail.h>
#include <sys/procctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace potd::monitor {

using platform::JailView;
using platform::PlanTag;

namespace {

/// Touched by the child alone, in its copy.
const char* argv_room[Strings::max_count];
const char* env_room[Strings::max_count];

/// Turns a child into the command, step by step; every step says what failed.
class Becoming {
  public:
    Becoming(const JailView& plan, const PotCommand& command, int report, Fault& fault)
        : plan_(plan), command_(command), report_(report), fault_(fault), argv_(argv_room), env_(env_room) {}

    /// Returns only if it failed.
    void run(int jail) {
        if (enter(jail) && resolve() && connect() && limit() && become_user() && stand()) {
            (void)execute(argv_, env_, fault_);
        }
    }

  private:
    bool failed(Stage stage, std::string_view what, std::string_view name = {}) {
        return fail(fault_, stage, -errno, what, name);
    }

    bool enter(int jail) {
        if (::setsid() < 0) return failed(Stage::Terminal, "start a new session");
        const int kept[] = {report_, command_.standard[0], command_.standard[1], command_.standard[2]};
        close_all_except(kept);
        return ::jail_attach(jail) == 0 || failed(Stage::Namespace, "enter the jail");
    }

    bool resolve() {
        const auto& fixed = plan_.command;
        if (!find_user(command_.user.empty() ? fixed.user : command_.user, -1, who_, fault_)) return false;
        return join_words({command_.argv, command_.env, fixed.env}, who_, home_, argv_, env_) ||
               fail(fault_, Stage::Plan, -E2BIG, "command");
    }

    bool connect() {
        int standard[3] = {command_.standard[0], command_.standard[1], command_.standard[2]};
        if (command_.terminal && !take_terminal(standard)) return false;
        for (int i = 0; i < 3; ++i) {
            if (standard[i] < 0)
                standard[i] = sys::open_at(AT_FDCWD, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
            if (standard[i] < 0) return fail(fault_, Stage::Mount, standard[i], "open /dev/null in the pot");
        }
        for (int i = 0; i < 3; ++i) {
            if (::dup2(standard[i], i) < 0) return failed(Stage::Internal, "set up standard streams");
        }
        return true;
    }

    bool take_terminal(int (&standard)[3]) {
        const Terminal terminal = open_terminal({command_.rows, command_.columns}, who_, fault_);
        if (terminal.slave < 0) return false;
        if (::ioctl(terminal.slave, TIOCSCTTY, 0) != 0) return failed(Stage::Terminal, "take the terminal");
        for (int& fd : standard) fd = terminal.slave;
        ControlMessage message;
        message.kind = ControlMessage::Started;
        message.terminals = 1;
        const int master[] = {terminal.master};
        send_control(report_, message, master);
        sys::close(terminal.master);
        return true;
    }

    bool limit() {
        for (const auto payload : plan_.of(PlanTag::Rlimit)) {
            platform::Rlimit wanted;
            if (!platform::read_rlimit(payload, wanted)) continue;
            const auto number = [](std::uint64_t value) {
                return value == ~std::uint64_t{0} ? RLIM_INFINITY : static_cast<rlim_t>(value);
            };
            const rlimit limit{number(wanted.soft), number(wanted.hard)};
            if (::setrlimit(wanted.resource, &limit) != 0) return failed(Stage::Security, "resource limit");
        }
        ::umask(static_cast<mode_t>(plan_.jail.umask));
        return true;
    }

    bool become_user() {
        gid_t groups[Credentials::max_groups + 1] = {who_.gid};
        for (std::size_t i = 0; i < who_.group_count; ++i) groups[i + 1] = who_.groups[i];
        if (::setgroups(static_cast<int>(who_.group_count) + 1, groups) != 0)
            return failed(Stage::Security, "set the groups");
        if (::setgid(who_.gid) != 0) return failed(Stage::Security, "set the group");
        if (::setuid(who_.uid) != 0) return failed(Stage::Security, "set the user");
        int on = PROC_NO_NEW_PRIVS_ENABLE;
        if (plan_.jail.no_new_privileges && ::procctl(P_PID, 0, PROC_NO_NEW_PRIVS_CTL, &on) != 0)
            return failed(Stage::Security, "no new privileges");
        return true;
    }

    bool stand() {
        const std::string_view wanted = command_.workdir.empty() ? plan_.command.workdir : command_.workdir;
        const char* const workdir = wanted.empty() ? "/" : wanted.data();
        if (::chdir(workdir) != 0) return failed(Stage::Workdir, "working directory", workdir);
        ::signal(SIGPIPE, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        return ::sigprocmask(SIG_SETMASK, &none, nullptr) == 0 || failed(Stage::Internal, "unblock signals");
    }

    const JailView& plan_;
    const PotCommand& command_;
    int report_;
    Fault& fault_;
    Credentials who_;
    HomeVariable home_;
    Strings argv_, env_;
};

[[noreturn]] void become(int jail, const JailView& plan, const PotCommand& command, int report) {
    Fault fault;
    Becoming becoming(plan, command, report, fault);
    becoming.run(jail);
    send_fault(report, fault);
    ::_exit(127);
}

}  // namespace

bool start_in_jail(int jail, const JailView& plan, const PotCommand& command, PotProcess& started,
                   Fault& fault) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return fail(fault, Stage::Internal, -errno, "make a socket pair");
    started.pid = fork_with_descriptor(started.process);
    if (started.pid == 0) become(jail, plan, command, ends[1]);
    sys::close(ends[1]);
    if (started.pid > 0) {
        started.report = ends[0];
        return true;
    }
    sys::close(ends[0]);
    return fail(fault, Stage::Internal, started.pid, "start a process");
}

ReportStep take_report(int report, int& terminal, Fault& fault) {
    for (;;) {
        ControlMessage message;
        const Received received = receive_control(report, message);
        if (received.ended) return ReportStep::Executed;
        if (!received.whole) return ReportStep::Waiting;
        if (message.kind == ControlMessage::Started) terminal = received.terminal;
        if (message.kind != ControlMessage::Failed) continue;
        fault = fault_of(message);
        return ReportStep::Failed;
    }
}

}  // namespace potd::monitor
