#include "client/command/remote_shell.hpp"

#include "client/command/ending.hpp"
#include "client/output/json_text.hpp"
#include "client/output/sink.hpp"
#include "client/terminal/conversation.hpp"
#include "client/terminal/poller.hpp"
#include "client/terminal/signals.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace potd::client {
namespace {

// Which shell root has stands in the pot's passwd; "-l" is understood by every one of them.
constexpr std::string_view login_script =
    "while IFS=: read -r name pass uid gid gecos home shell; do [ \"$name\" = root ] && break; done "
    "</etc/passwd\n"
    "export HOME=\"${home:-/}\" USER=root LOGNAME=root SHELL=\"${shell:-/bin/sh}\"\n"
    "cd \"$HOME\" 2>/dev/null || cd /\n"
    "exec \"$SHELL\" -l";

bool wants_terminal(const Value& request) {
    return request["terminal"].flag();
}

/// Waits for "started"; an error before it is the command's failure.
Status await_start(WebSocket& socket) {
    for (;;) {
        const auto message = socket.next();
        if (!message) return message.failure();
        if (!*message) {
            const auto open = socket.receive();
            if (!open) return open.failure();
            if (!*open) return failed("potd closed the connection before the command had begun");
            continue;
        }
        const auto parsed = parse_json((*message)->payload);
        if (!parsed) return parsed.failure();
        if ((*parsed)["type"].text() == "started") return Done{};
        const auto status = static_cast<int>((*parsed)["status"].integer().value_or(500));
        return failure_from(status, (*message)->payload);
    }
}

/// A child keeps the streams open and empty, so that the command is not hurt by our leaving.
Result<int> leave_behind(WebSocket socket) {
    if (auto started = await_start(socket); !started) return command_failure(started.failure());
    const pid_t child = ::fork();
    if (child < 0) return failed("cannot fork: " + std::generic_category().message(errno));
    if (child > 0) return exit_code::ok;
    ::setsid();
    const int null = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(null, fd);
    for (;;) {
        const auto message = socket.next();
        if (!message || (*message && (*message)->opcode == Opcode::Close)) break;
        if (*message) continue;
        const auto open = socket.receive();
        if (!open || !*open) break;
    }
    ::_exit(0);
}

}  // namespace

void set_terminal(Value& request) {
    const auto size = window_size(STDIN_FILENO).value_or(WindowSize{});
    request.set("terminal", true);
    request.set("rows", size.rows);
    request.set("columns", size.columns);
    const char* kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): one thread
    if (request["env"]["TERM"].is_null()) request.at("env").set("TERM", kind == nullptr ? "xterm" : kind);
}

Result<int> execute(Invocation& invocation, const std::string& pot, const Value& request, bool detach) {
    if (auto fine = check_texts(request); !fine) return fine.failure();
    auto socket = invocation.api().upgrade(pot_url(pot, "/exec"));
    if (!socket) return socket.failure();
    if (auto sent = socket->send(Opcode::Text, compact_json(request)); !sent) return sent.failure();
    while (socket->unsent() > 0) {
        if (auto sent = socket->flush(); !sent) return sent.failure();
    }
    if (detach) return leave_behind(std::move(*socket));

    Poller poller;
    SignalPipe signals({SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE});
    Conversation conversation(std::move(*socket), {true, true, wants_terminal(request), false}, poller);
    poller.watch(signals.fd(), [&] { return conversation.relay(signals); });
    auto done = conversation.start([&] { poller.stop(); });
    if (done) done = poller.run();
    if (!done) return command_failure(done.failure());
    if (const int error = conversation.output_error(); error != 0) return output_failure(error);
    return conversation.status().value_or(exit_code::ok);
}

Result<int> open_shell(Invocation& invocation, const std::string& pot, bool start) {
    if (start) {
        const auto now = invocation.api().get(pot_url(pot));
        if (!now) return now.failure();
        const std::string& state = (*now)["state"].text();
        if (state != "running" && state != "paused") {
            const auto started = invocation.api().post(pot_url(pot, "/start"));
            if (!started) return started.failure();
        }
    }
    Value request;
    request.set("command", std::vector<std::string>{"/bin/sh", "-c", std::string(login_script)});
    request.set("user", "root");
    // Without one on our side the shell reads what comes, as `sh` in a pipe does, and ends with it.
    if (::isatty(STDIN_FILENO) != 0) set_terminal(request);
    return execute(invocation, pot, request, false);
}

}  // namespace potd::client
