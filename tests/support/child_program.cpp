#include "tests/support/child_program.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using Pipe = std::array<int, 2>;

Pipe make_pipe() {
    Pipe ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    return ends;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> out;
    for (const auto& word : words)
        out.push_back(const_cast<char*>(word.c_str()));  // NOLINT: execve's signature
    out.push_back(nullptr);
    return out;
}

[[noreturn]] void become(const ProgramCall& call) {
    const auto words = pointers(call.words);
    const auto environment = pointers(call.environment);
    ::execve(words[0], words.data(), environment.data());
    ::_exit(127);
}

int wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Reads once into `text`; false at the end.
bool drain(int fd, std::string& text) {
    std::array<char, 65536> chunk{};
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
}

/// Writes on from `sent`, which moves; what nobody reads any more counts as written.
void feed(int in, const std::string& input, std::size_t& sent) {
    const ssize_t written = ::write(in, input.data() + sent, input.size() - sent);
    if (written < 0 && errno == EAGAIN) return;
    sent = written < 0 ? input.size() : sent + static_cast<std::size_t>(written);
}

/// Feeds `input` to `in` and collects from the others until they end.
void exchange(int in, const std::string& input, bool keep_open,
              std::array<std::pair<int, std::string*>, 2> outputs) {
    std::size_t sent = 0;
    // A full pipe must not keep us from reading what the program writes.
    ::fcntl(in, F_SETFL, O_NONBLOCK);
    const auto close_input = [&] {
        if (in >= 0) ::close(in);
        in = -1;
    };
    if (input.empty() && !keep_open) close_input();
    while (outputs[0].first >= 0 || outputs[1].first >= 0) {
        const bool sending = in >= 0 && sent < input.size();
        std::array<pollfd, 3> wanted = {
            {{outputs[0].first, POLLIN, 0}, {outputs[1].first, POLLIN, 0}, {sending ? in : -1, POLLOUT, 0}}};
        ::poll(wanted.data(), wanted.size(), -1);
        for (std::size_t i = 0; i < 2; ++i) {
            if (wanted[i].revents != 0 && !drain(outputs[i].first, *outputs[i].second)) outputs[i].first = -1;
        }
        if (wanted[2].revents == 0) continue;
        feed(in, input, sent);
        if (sent == input.size() && !keep_open) close_input();
    }
    close_input();
}

}  // namespace

ProgramResult run_program(const ProgramCall& call) {
    const Pipe in = make_pipe();
    const Pipe out = make_pipe();
    const Pipe err = make_pipe();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        become(call);
    }
    for (const int fd : {in[0], out[1], err[1]}) ::close(fd);
    (void)::signal(SIGPIPE, SIG_IGN);
    if (call.started) call.started(pid, in[1]);
    ProgramResult result;
    exchange(in[1], call.input, call.keep_input_open, {{{out[0], &result.out}, {err[0], &result.err}}});
    ::close(out[0]);
    ::close(err[0]);
    result.status = wait_for(pid);
    return result;
}

ProgramResult run_on_terminal(const ProgramCall& call, int rows, int columns) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(rows);
    size.ws_col = static_cast<unsigned short>(columns);
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || ::grantpt(terminal) != 0 || ::unlockpt(terminal) != 0) {
        throw std::system_error(errno, std::generic_category(), "open a terminal");
    }
    const std::string other_end = ::ptsname(terminal);  // NOLINT(concurrency-mt-unsafe): one caller at a time
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
        ::setsid();
        const int screen = ::open(other_end.c_str(), O_RDWR);
        ::ioctl(screen, TIOCSCTTY, 0);
        ::ioctl(screen, TIOCSWINSZ, &size);
        for (const int fd : {0, 1, 2}) ::dup2(screen, fd);
        become(call);
    }
    if (call.started) call.started(pid, terminal);
    ProgramResult result;
    if (::write(terminal, call.input.data(), call.input.size()) < 0) result.err = "typing failed";
    while (drain(terminal, result.out)) continue;
    ::close(terminal);
    result.status = wait_for(pid);
    return result;
}

}  // namespace potd::test
