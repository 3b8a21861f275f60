#include "daemon/platform/posix/base_program.hpp"

#include "daemon/platform/posix/base_program_start.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t longest_message = 4096;

std::vector<char*> argument_pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));  // NOLINT
    result.push_back(nullptr);
    return result;
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
    const UniqueFd process = watch_child(child);
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
    const auto command = argument_pointers(run.command);
    const auto environment = argument_pointers(run.environment);
    const pid_t child = start_program(command.data(), environment.data(), input.get());
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

std::vector<std::string> installer_environment() {
    std::vector<std::string> result{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                    "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb"};
    for (const char* name :
         {"http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}) {
        // potd changes its environment in no thread.
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
        if (value != nullptr) result.push_back(std::string(name) + "=" + value);
    }
    return result;
}

}  // namespace potd::platform
