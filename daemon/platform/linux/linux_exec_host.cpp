#include "daemon/platform/linux/linux_exec_host.hpp"

#include "daemon/platform/linux/exec_session.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using SessionReply = core::Reply<std::unique_ptr<core::ExecSession>>;

constexpr int console_pipe_size = 1 << 20;

struct Pipe {
    UniqueFd read, write;
};

core::Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Our ends and the command's, in the order of their numbers.
struct Streams {
    SessionFds ours;
    std::vector<UniqueFd> theirs;
};

core::Result<Streams> make_streams(bool with_input) {
    Streams streams;
    if (with_input) {
        auto input = make_pipe();
        if (!input) return std::move(input).error();
        streams.ours.input = std::move(input->write);
        streams.theirs.push_back(std::move(input->read));
    }
    for (UniqueFd* ours : {&streams.ours.output, &streams.ours.error}) {
        auto pipe = make_pipe();
        if (!pipe) return std::move(pipe).error();
        *ours = std::move(pipe->read);
        streams.theirs.push_back(std::move(pipe->write));
    }
    return streams;
}

/// Reading and writing a terminal are waited for apart, so each has a descriptor of its own.
core::Result<SessionFds> terminal_fds(UniqueFd master) {
    SessionFds fds;
    fds.terminal = true;
    fds.input.reset(::fcntl(master.get(), F_DUPFD_CLOEXEC, 0));
    if (!fds.input) return core::os_error(errno, "duplicate a terminal");
    fds.output = std::move(master);
    return fds;
}

core::monitor_link::ExecOrder to_order(core::ExecRequest request) {
    core::monitor_link::ExecOrder order;
    order.terminal = request.terminal;
    order.rows = request.rows;
    order.columns = request.columns;
    order.user = std::move(request.user);
    order.workdir = std::move(request.workdir);
    order.argv = std::move(request.command);
    if (order.terminal) order.env.emplace_back("TERM=xterm");
    for (const core::EnvVar& variable : request.env)
        order.env.push_back(variable.name + "=" + variable.value);
    return order;
}

/// Answers once the caller has returned.
SessionReply deferred(core::Executor& executor, SessionReply reply) {
    return [&executor, reply = std::move(reply)](core::Result<std::unique_ptr<core::ExecSession>> result) {
        auto held = std::make_shared<core::Result<std::unique_ptr<core::ExecSession>>>(std::move(result));
        executor.post([reply, held] { reply(std::move(*held)); });
    };
}

core::Error not_running() {
    return core::error(core::ErrorKind::Conflict, "the pot is not running");
}

}  // namespace

void LinuxExecHost::exec(const core::RunKey& key, core::ExecRequest request, SessionReply reply) {
    const SessionReply later = deferred(loop_.executor, std::move(reply));
    const auto table = runtime_.execs(key);
    if (!table) return later(not_running());
    auto streams = std::make_shared<Streams>();
    if (!request.terminal) {
        auto made = make_streams(true);
        if (!made) return later(std::move(made).error());
        *streams = std::move(made).value();
    }
    table->start(to_order(std::move(request)), std::exchange(streams->theirs, {}),
                 [loop = loop_, table, streams, later](core::Result<ExecTable::Begun> begun) {
                     if (!begun) return later(std::move(begun).error());
                     SessionFds fds = std::move(streams->ours);
                     if (begun->terminal) {
                         auto terminal = terminal_fds(std::move(begun->terminal));
                         if (!terminal) return later(std::move(terminal).error());
                         fds = std::move(terminal).value();
                     }
                     later(std::unique_ptr<core::ExecSession>(
                         std::make_unique<LinuxExecSession>(loop, table, begun->id, std::move(fds))));
                 });
}

void LinuxExecHost::attach(const core::RunKey& key, SessionReply reply) {
    const SessionReply later = deferred(loop_.executor, std::move(reply));
    const auto table = runtime_.execs(key);
    if (!table) return later(not_running());
    auto made = make_streams(false);
    if (!made) return later(std::move(made).error());
    // The monitor does not wait for a slow reader: room for a burst. Less is no failure.
    (void)::fcntl(made->theirs.front().get(), F_SETPIPE_SZ, console_pipe_size);
    auto streams = std::make_shared<Streams>(std::move(made).value());
    table->attach(std::exchange(streams->theirs, {}),
                  [loop = loop_, table, streams, later](core::Result<ExecTable::Console> console) {
                      if (!console) return later(std::move(console).error());
                      SessionFds fds = std::move(streams->ours);
                      fds.terminal = console->terminal;
                      fds.input = std::move(console->input);
                      later(std::unique_ptr<core::ExecSession>(
                          std::make_unique<LinuxExecSession>(loop, table, 0, std::move(fds))));
                  });
}

}  // namespace potd::platform
