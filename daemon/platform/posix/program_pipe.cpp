#include "daemon/platform/posix/program_pipe.hpp"

#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using PipedEnds = std::pair<ProgramEnd, ProgramEnd>;
using PipedCommand = std::vector<std::string>;

constexpr std::size_t most_words_kept = 64UL << 10;

struct ProgramChannel {
    UniqueFd read, write;
};

core::Result<ProgramChannel> make_program_channel() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "pipe");
    return ProgramChannel{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

core::Result<ProcessHandle> start_piped(const PipedCommand& command, int input, int output, int errors) {
    const UniqueFd program(::open(command.front().c_str(), O_RDONLY | O_CLOEXEC));
    if (!program) return core::os_error(errno, command.front());
    return spawn({program.get(), command, {input, output, errors}}).in(command.front());
}

/// Two programs and what passes between them.
class ProgramPipeline {
  public:
    explicit ProgramPipeline(const PipeWatch& watch) : watch_(watch) {}
    ~ProgramPipeline() { end(); }
    ProgramPipeline(const ProgramPipeline&) = delete;
    ProgramPipeline& operator=(const ProgramPipeline&) = delete;

    core::Status start(const PipedCommand& from, const PipedCommand& to) {
        auto out = make_program_channel();
        auto in = make_program_channel();
        auto said = make_program_channel();
        auto heard = make_program_channel();
        const UniqueFd none(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        if (!out || !in || !said || !heard || !none) return core::os_error(errno, "pipe");
        auto first = start_piped(from, none.get(), out->write.get(), said->write.get());
        if (!first) return std::move(first).error();
        first_ = std::move(first).value();
        // What it prints is of interest only as far as it fails.
        auto second = start_piped(to, in->read.get(), heard->write.get(), heard->write.get());
        if (!second) return std::move(second).error();
        second_ = std::move(second).value();
        source_ = std::move(out->read);
        sink_ = std::move(in->write);
        streams_ = {std::move(said->read), std::move(heard->read)};
        if (::fcntl(sink_.get(), F_SETFL, O_NONBLOCK) != 0) return core::os_error(errno, "pipe");
        return {};
    }

    core::Status pass_all() {
        while (source_ || sink_ || streams_[0] || streams_[1]) {
            if (auto passed = pass_some(); !passed) return passed;
        }
        return {};
    }

    core::Result<PipedEnds> wait() {
        PipedEnds ends;
        ends.first.errors = std::move(words_[0]);
        ends.second.errors = std::move(words_[1]);
        auto first = status_of(first_);
        auto second = status_of(second_);
        if (!first || !second) return (first ? std::move(second) : std::move(first)).error();
        ends.first.status = first.value();
        ends.second.status = second.value();
        return ends;
    }

  private:
    core::Status pass_some() {
        const bool full = begin_ != end_;
        std::array<pollfd, 5> waits{{{full ? -1 : source_.get(), POLLIN, 0},
                                     {full ? sink_.get() : -1, POLLOUT, 0},
                                     {streams_[0].get(), POLLIN, 0},
                                     {streams_[1].get(), POLLIN, 0},
                                     {watch_.stop != nullptr ? watch_.stop->fd() : -1, POLLIN, 0}}};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return core::os_error(errno, "poll");
        if (watch_.stop != nullptr && watch_.stop->flag().load())
            return core::error(core::ErrorKind::Cancelled, "stopped");
        core::Status done;
        if (waits[0].revents != 0) done = take();
        if (done && waits[1].revents != 0) done = give();
        for (std::size_t i = 0; done && i < streams_.size(); ++i) {
            if (waits.at(i + 2).revents != 0) done = listen(i);
        }
        return done;
    }

    core::Status take() {
        const ssize_t got = ::read(source_.get(), block_.data(), block_.size());
        if (got < 0 && errno == EINTR) return {};
        if (got < 0) return core::os_error(errno, "read");
        begin_ = 0;
        end_ = static_cast<std::size_t>(got);
        if (got > 0) return {};
        source_.reset();
        sink_.reset();
        return {};
    }

    core::Status give() {
        const ssize_t put = ::write(sink_.get(), block_.data() + begin_, end_ - begin_);
        if (put < 0 && (errno == EINTR || errno == EAGAIN)) return {};
        if (put < 0 && errno != EPIPE) return core::os_error(errno, "write");
        if (put < 0) {  // it says itself why it has ended
            begin_ = end_;
            source_.reset();
            sink_.reset();
            return {};
        }
        begin_ += static_cast<std::size_t>(put);
        passed_ += put;
        if (watch_.passed) watch_.passed(passed_);
        return {};
    }

    core::Status listen(std::size_t which) {
        std::array<char, 4096> words{};
        const ssize_t got = ::read(streams_.at(which).get(), words.data(), words.size());
        if (got < 0 && errno == EINTR) return {};
        if (got < 0) return core::os_error(errno, "read");
        if (got == 0) streams_.at(which).reset();
        if (words_.at(which).size() < most_words_kept)
            words_.at(which).append(words.data(), static_cast<std::size_t>(got));
        return {};
    }

    static core::Result<int> status_of(ProcessHandle& process) {
        pollfd ended{process.get(), POLLIN, 0};
        while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
        }
        auto status = reap(process);
        process.reset();
        if (!status) return status;
        return WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    }

    void end() {
        for (ProcessHandle* process : {&first_, &second_}) {
            if (*process) (void)signal_process(*process, SIGKILL);  // gone already is as good
        }
        for (ProcessHandle* process : {&first_, &second_}) {
            if (*process) (void)status_of(*process);
        }
    }

    const PipeWatch& watch_;
    ProcessHandle first_, second_;
    UniqueFd source_, sink_;
    std::array<UniqueFd, 2> streams_;
    std::array<std::string, 2> words_;
    std::array<char, 64UL * 1024> block_{};
    std::size_t begin_ = 0, end_ = 0;
    std::int64_t passed_ = 0;
};

core::Result<PipedEnds> run_pipeline(const PipedCommand& from, const PipedCommand& to,
                                     const PipeWatch& watch) {
    ProgramPipeline pipeline(watch);
    if (auto started = pipeline.start(from, to); !started) return std::move(started).error();
    if (auto passed = pipeline.pass_all(); !passed) return std::move(passed).error();
    return pipeline.wait();
}

}  // namespace

core::Result<PipedEnds> pipe_programs(const PipedCommand& from, const PipedCommand& to,
                                      const PipeWatch& watch) {
    std::optional<core::Result<PipedEnds>> ends;
    // A write to a program that has ended raises SIGPIPE, which goes with this thread.
    std::thread([&] {
        sigset_t pipe;
        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
        ends = run_pipeline(from, to, watch);
    }).join();
    return *std::move(ends);
}

}  // namespace potd::platform
