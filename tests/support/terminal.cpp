#include "tests/support/terminal.hpp"

#include "tests/support/system.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace potd::test {
namespace {

milliseconds left_until(std::chrono::steady_clock::time_point deadline) {
    return std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
}

}  // namespace

Terminal::Terminal(const Argv& argv, const ProgramOptions& options, unsigned short rows,
                   unsigned short columns)
    : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    std::array<char, 128> name{};
    if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
        ::ptsname_r(master_.get(), name.data(), name.size()) != 0) {
        throw std::system_error(errno, std::generic_category(), "terminal");
    }
    const platform::UniqueFd slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!slave) throw std::system_error(errno, std::generic_category(), name.data());
    resize(rows, columns);
    pid_ = spawn(argv, options, {slave.get(), slave.get(), slave.get(), true});
}

Terminal::~Terminal() {
    master_.reset();
    if (pid_ == 0) return;
    if (!wait_for_exit(pid_, milliseconds(2000))) ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

void Terminal::type(std::string_view text) {
    while (!text.empty()) {
        const ssize_t put = ::write(master_.get(), text.data(), text.size());
        if (put < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "terminal");
        if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
    }
}

void Terminal::resize(unsigned short rows, unsigned short columns) {
    winsize size{};
    size.ws_row = rows;
    size.ws_col = columns;
    if (::ioctl(master_.get(), TIOCSWINSZ, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "size");
}

bool Terminal::read_some(milliseconds limit) {
    pollfd readable{master_.get(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(limit.count())) != 1) return false;
    std::array<char, 4096> bytes;  // NOLINT: filled by read
    const ssize_t got = ::read(master_.get(), bytes.data(), bytes.size());
    if (got <= 0) return false;  // EIO once nobody has the terminal open
    screen_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
}

bool Terminal::expect(std::string_view text, milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (true) {
        const std::size_t found = screen_.find(text, seen_);
        if (found != std::string::npos) {
            seen_ = found + text.size();
            return true;
        }
        const milliseconds left = left_until(deadline);
        if (left.count() <= 0 || !read_some(left)) return false;
    }
}

std::optional<int> Terminal::wait(milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (left_until(deadline).count() > 0 && read_some(left_until(deadline))) continue;
    if (pid_ == 0 || !wait_for_exit(pid_, std::max(milliseconds(1), left_until(deadline))))
        return std::nullopt;
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace potd::test
