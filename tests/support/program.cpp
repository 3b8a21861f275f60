#include "tests/support/program.hpp"

#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/system.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::UniqueFd;
using Clock = std::chrono::steady_clock;

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Pipe make_pipe() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

void give(int from, int to) {
    if (from >= 0 && ::dup2(from, to) < 0) ::_exit(126);
}

[[noreturn]] void become(char* const* argv, const ProgramOptions& options, const ChildFds& fds) {
    if (fds.new_session) ::setsid();
    give(fds.in, 0);
    give(fds.out, 1);
    give(fds.err, 2);
    if (fds.new_session) ::ioctl(0, TIOCSCTTY, 0);  // fails where 0 is no terminal, which is fine
    for (const auto& [name, value] : options.env) {
        ::setenv(name.c_str(), value.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): alone after fork
    }
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
    ::execvp(argv[0], argv);
    ::_exit(127);
}

/// The three pipes of a child while it runs.
class Conversation {
  public:
    Conversation(UniqueFd in, UniqueFd out, UniqueFd err, std::string_view input)
        : in_(std::move(in)), out_(std::move(out)), err_(std::move(err)), input_(input) {
        ::fcntl(in_.get(), F_SETFL, O_NONBLOCK);
        if (input_.empty()) in_.reset();
    }

    /// False when the deadline passed before both outputs ended.
    bool run(Clock::time_point deadline, Outcome& outcome) {
        while (out_ || err_) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
            if (left.count() <= 0) return false;
            std::array<pollfd, 3> polls{
                {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {in_.get(), POLLOUT, 0}}};
            if (::poll(polls.data(), polls.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
                return false;
            if (polls[0].revents != 0) take(out_, outcome.out);
            if (polls[1].revents != 0) take(err_, outcome.err);
            if (polls[2].revents != 0) feed();
        }
        return true;
    }

  private:
    static void take(UniqueFd& fd, std::string& into) {
        std::array<char, 65536> buffer;  // NOLINT: filled by read
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) fd.reset();
    }

    void feed() {
        const ssize_t put = ::write(in_.get(), input_.data(), input_.size());
        if (put > 0) input_.remove_prefix(static_cast<std::size_t>(put));
        if (input_.empty() || (put < 0 && errno != EINTR && errno != EAGAIN)) in_.reset();
    }

    UniqueFd in_;
    UniqueFd out_;
    UniqueFd err_;
    std::string_view input_;
};

}  // namespace

int reap(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Outcome::describe() const {
    return "status " + std::to_string(status) + (timed_out ? " (timed out)" : "") + "\n--- out\n" + out +
           "\n--- err\n" + err;
}

pid_t spawn(const Argv& argv, const ProgramOptions& options, const ChildFds& fds) {
    std::vector<char*> pointers;
    pointers.reserve(argv.size() + 1);
    for (const std::string& word : argv)
        pointers.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execvp
    pointers.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) become(pointers.data(), options, fds);
    return pid;
}

Outcome run_program(const Argv& argv, const ProgramOptions& options) {
    // A child that does not read its input must not end us.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    const pid_t pid = spawn(argv, options, {in.read.get(), out.write.get(), err.write.get(), false});
    in.read.reset();
    out.write.reset();
    err.write.reset();
    Outcome outcome;
    Conversation talk(std::move(in.write), std::move(out.read), std::move(err.read), options.input);
    outcome.timed_out = !talk.run(Clock::now() + options.timeout, outcome);
    if (outcome.timed_out) {
        ::kill(pid, SIGTERM);
        if (!wait_for_exit(pid, std::chrono::seconds(5))) ::kill(pid, SIGKILL);
    }
    outcome.status = reap(pid);
    return outcome;
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
    std::string_view rest = path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin";
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        std::string candidate = (std::filesystem::path(rest.substr(0, colon)) / name).string();
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return {};
}

}  // namespace potd::test
