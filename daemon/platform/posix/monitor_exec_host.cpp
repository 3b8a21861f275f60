#include "daemon/platform/posix/monitor_exec_host.hpp"

#include "daemon/platform/posix/console.hpp"
#include "daemon/platform/posix/exec_session.hpp"

#include <cerrno>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using SessionReply = core::Reply<std::unique_ptr<core::ExecSession>>;

/// Our ends and the command's, in the order of their numbers.
struct Streams {
    SessionFds ours;
    std::vector<UniqueFd> theirs;
};

core::Result<Streams> make_streams() {
    Streams streams;
    auto input = make_pipe();
    if (!input) return std::move(input).error();
    streams.ours.input = std::move(input->write);
    streams.theirs.push_back(std::move(input->read));
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

void MonitorExecHost::exec(const core::RunKey& key, core::ExecRequest request, SessionReply reply) {
    const SessionReply later = deferred(loop_.executor, std::move(reply));
    const auto table = runtime_.execs(key);
    if (!table) return later(not_running());
    auto streams = std::make_shared<Streams>();
    if (!request.terminal) {
        auto made = make_streams();
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
                         std::make_unique<MonitorExecSession>(loop, table, begun->id, std::move(fds))));
                 });
}

void MonitorExecHost::attach(const core::RunKey& key, const core::AttachOptions& options,
                             SessionReply reply) {
    const SessionReply later = deferred(loop_.executor, std::move(reply));
    const auto console = runtime_.console(key);
    if (!console) return later(not_running());
    // Until it has a session nobody else holds it.
    console->join(options, [console, later](core::Result<std::unique_ptr<core::ExecSession>> session) {
        later(std::move(session));
    });
}

}  // namespace potd::platform
