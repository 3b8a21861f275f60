#include "daemon/platform/posix/zfs_program.hpp"

#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <span>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_output = 64UL << 20;
// For what a kill ends at once, unless the kernel holds it.
constexpr milliseconds patience_after_kill{2000};

struct OutputPipe {
    UniqueFd read, write;
};

core::Result<OutputPipe> make_output_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "pipe");
    return OutputPipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

int milliseconds_until(Clock::time_point end) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    return static_cast<int>(std::max(left, milliseconds(0)).count());
}

/// True while there may be more.
core::Result<bool> read_some(int fd, std::string& into) {
    std::array<char, 16UL * 1024> block{};
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) return true;
    if (got < 0) return core::os_error(errno, "read output");
    into.append(block.data(), static_cast<std::size_t>(got));
    if (into.size() > most_output)
        return core::error(core::ErrorKind::TooLarge, "the program says more than 64 MiB");
    return got > 0;
}

/// From those streams that have something to say; one that has ended is closed.
core::Status read_ready(std::span<const pollfd> waits, std::array<UniqueFd, 2>& streams, ProgramEnd& into) {
    const std::array<std::string*, 2> texts{&into.output, &into.errors};
    for (std::size_t i = 0; i < streams.size(); ++i) {
        if (waits[i].revents == 0) continue;
        auto more = read_some(streams[i].get(), *texts[i]);
        if (!more) return std::move(more).error();
        if (!more.value()) streams[i].reset();
    }
    return {};
}

/// Waits for the end of both streams and of the program.
core::Status follow(const ProcessHandle& process, std::array<UniqueFd, 2> streams, Clock::time_point end,
                    ProgramEnd& into) {
    bool runs = true;
    while (runs || streams[0] || streams[1]) {
        // A descriptor of -1 is passed over.
        std::array<pollfd, 3> waits{{{streams[0].get(), POLLIN, 0},
                                     {streams[1].get(), POLLIN, 0},
                                     {runs ? process.get() : -1, POLLIN, 0}}};
        const int found = ::poll(waits.data(), waits.size(), milliseconds_until(end));
        if (found < 0 && errno != EINTR) return core::os_error(errno, "poll");
        if (found == 0) return core::error(core::ErrorKind::Timeout, "it did not end in time");
        if (found < 0) continue;
        if (auto read = read_ready(waits, streams, into); !read) return read;
        if (waits[2].revents != 0) runs = false;
    }
    return {};
}

core::Status kill_and_wait(const ProcessHandle& process) {
    (void)signal_process(process, SIGKILL);  // gone already is as good
    pollfd ended{process.get(), POLLIN, 0};
    if (::poll(&ended, 1, static_cast<int>(patience_after_kill.count())) == 1) return {};
    return core::error(core::ErrorKind::Timeout, "it hangs in the kernel and cannot be killed");
}

core::Result<ProcessHandle> start_host_program(const std::vector<std::string>& command, int given, int output,
                                               int errors) {
    const UniqueFd program(::open(command.front().c_str(), O_RDONLY | O_CLOEXEC));
    if (!program) return core::os_error(errno, command.front());
    const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!nothing) return core::os_error(errno, "/dev/null");
    const int input = given >= 0 ? given : nothing.get();
    return spawn({program.get(), command, {input, output, errors}}).in(command.front());
}

}  // namespace

core::Result<ProgramEnd> run_host_program(const std::vector<std::string>& command, milliseconds patience,
                                          int input) {
    auto output = make_output_pipe();
    auto errors = make_output_pipe();
    if (!output || !errors) return (output ? std::move(errors) : std::move(output)).error();
    auto process = start_host_program(command, input, output->write.get(), errors->write.get());
    if (!process) return std::move(process).error();
    output->write.reset();
    errors->write.reset();
    ProgramEnd result;
    auto followed = follow(process.value(), {std::move(output->read), std::move(errors->read)},
                           Clock::now() + patience, result);
    if (!followed) {
        if (auto killed = kill_and_wait(process.value()); !killed) return std::move(killed).error();
    }
    auto status = reap(process.value());
    if (!followed) return std::move(followed).error();
    if (!status) return std::move(status).error();
    result.status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    return result;
}

}  // namespace potd::platform
