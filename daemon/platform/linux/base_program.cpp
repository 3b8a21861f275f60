#include "daemon/platform/linux/base_program.hpp"

#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t longest_message = 4096;
constexpr int not_executed = 127;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));  // NOLINT
    result.push_back(nullptr);
    return result;
}

/// The child of a process with threads: from here to exec only system calls, no memory, no locks.
[[noreturn]] void become(char* const* command, char* const* environment, int output, bool apart) {
    for (int number = 1; number < NSIG; ++number) static_cast<void>(::signal(number, SIG_DFL));
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    ::umask(S_IWGRP | S_IWOTH);
    const int input = ::open("/dev/null", O_RDONLY);
    const bool streams = input >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
                         ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0;
    const bool mounts = !apart || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
    ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0U);
    if (streams && mounts && ::chdir("/") == 0) ::execve(command[0], command, environment);
    ::_exit(not_executed);
}

pid_t spawn(const ProgramRun& run, int output) {
    const auto command = pointers(run.command);
    const auto environment = pointers(run.environment);
    const bool apart = ::geteuid() == 0;
    const unsigned long flags = SIGCHLD | (apart ? CLONE_NEWNS | CLONE_NEWPID : 0);
    const auto child = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
    if (child == 0) become(command.data(), environment.data(), output, apart);
    return child;
}

/// Cuts a stream of bytes into lines.
class LineCutter {
  public:
    explicit LineCutter(const std::function<void(std::string_view)>& line) : line_(line) {}
    void add(std::string_view bytes) {
        for (const char c : bytes) {
            const bool end = c == '\n' || c == '\r';
            if (!end) current_ += c;
            if (end || current_.size() >= longest_message) flush();
        }
    }
    void flush() {
        if (!current_.empty() && line_) line_(current_);
        current_.clear();
    }

  private:
    const std::function<void(std::string_view)>& line_;
    std::string current_;
};

/// Reads until the last writer is gone; false when stopped before.
core::Result<bool> read_output(int output, const ProgramRun& run) {
    LineCutter lines(run.line);
    std::array<char, 16UL * 1024> block{};
    while (true) {
        std::array<pollfd, 2> waits{
            {{output, POLLIN, 0}, {run.stop != nullptr ? run.stop->fd() : -1, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return core::os_error(errno, "poll");
        if (run.stop != nullptr && run.stop->flag().load()) return false;
        if (waits[0].revents == 0) continue;
        const ssize_t got = ::read(output, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "read output");
        if (got == 0) break;
        lines.add({block.data(), static_cast<std::size_t>(got)});
    }
    lines.flush();
    return true;
}

/// A program that has closed its output may still run: a stop must end it then, too.
core::Result<bool> wait_for_end(pid_t child, const ProgramRun& run) {
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!process) return true;  // an old kernel: waits without regard to the stop
    while (true) {
        std::array<pollfd, 2> waits{
            {{process.get(), POLLIN, 0}, {run.stop != nullptr ? run.stop->fd() : -1, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return core::os_error(errno, "poll");
        if (run.stop != nullptr && run.stop->flag().load()) return false;
        if (waits[0].revents != 0) return true;
    }
}

core::Result<int> reap(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return core::os_error(errno, "wait");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

core::Result<int> run_program(const ProgramRun& run) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "pipe");
    const UniqueFd output(ends[0]);
    UniqueFd input(ends[1]);
    const pid_t child = spawn(run, input.get());
    if (child < 0) return core::os_error(errno, "start " + run.command.front());
    input.reset();
    auto whole = read_output(output.get(), run);
    if (whole && whole.value()) whole = wait_for_end(child, run);
    const bool ended = whole && whole.value();
    if (!ended) {
        ::kill(-child, SIGKILL);  // its session; as root all of its namespace goes with it
        ::kill(child, SIGKILL);
    }
    auto status = reap(child);
    if (!whole) return std::move(whole).error();
    if (!ended) return core::error(core::ErrorKind::Cancelled, run.command.front() + " was stopped");
    return status;
}

core::Result<std::string> find_program(const std::string& name) {
    const auto usable = [](const std::string& path) {
        struct stat about {};
        return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
               ::access(path.c_str(), X_OK) == 0;
    };
    if (name.find('/') != std::string::npos && usable(name)) return name;
    for (const char* folder :
         {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
        if (name.find('/') == std::string::npos && usable(folder + name)) return folder + name;
    }
    return core::error(core::ErrorKind::NotFound, name + ": no such program");
}

}  // namespace potd::platform
