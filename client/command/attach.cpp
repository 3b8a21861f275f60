#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/terminal/conversation.hpp"
#include "client/terminal/poller.hpp"
#include "client/terminal/signals.hpp"

namespace potd::client {
namespace {

constexpr Option attach_options[] = {
    pot_option,
    {0, "no-stdin", "", "only watch: standard input and signals stay here"},
    {0, "eof", "", "the end of standard input is the end of the command's"},
};

Result<int> converse(Invocation& invocation, const std::string& pot, Conversation::Options how,
                     bool takes_signals) {
    auto socket = invocation.api().upgrade(pot_url(pot, "/attach"));
    if (!socket) return socket.failure();
    Poller poller;
    std::optional<SignalPipe> signals;
    Conversation conversation(std::move(*socket), how, poller);
    if (takes_signals) {
        signals.emplace(std::initializer_list<int>{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGPIPE});
        poller.watch(signals->fd(), [&] { return conversation.relay(*signals); });
    }
    auto done = conversation.start([&] { poller.stop(); });
    if (done) done = conversation.resize();
    if (done) done = poller.run();
    if (!done) return done.failure();
    return conversation.status().value_or(exit_code::ok);
}

Result<int> run_attach(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto now = invocation.api().get(pot_url(*pot));
    if (!now) return now.failure();
    const Value& spec = (*now)["spec"];
    Conversation::Options how;
    how.terminal = spec["terminal"].flag() && !invocation.has("no-stdin");
    how.input = (spec["open_stdin"].flag() || how.terminal) && !invocation.has("no-stdin");
    how.detach_keys = how.terminal;
    how.ends_input = invocation.has("eof");
    // Where nothing runs nobody would take them, and nobody could leave; what has a terminal has keys for
    // that.
    const bool takes_signals = !invocation.has("no-stdin") && (how.terminal || is_up(*now));
    return converse(invocation, *pot, how, takes_signals);
}

}  // namespace

const Command attach_command{
    "attach",
    "",
    Section::Running,
    Operands::Pot,
    "[-p] POT [--no-stdin]",
    "join the console of a pot's command",
    "Shows what the command writes from now on and exits with its status. Input reaches a "
    "command that has a terminal or was created with --interactive, and stays open when ours "
    "ends, for who comes next, unless --eof is given. The command never waits for us: who falls "
    "far behind misses output, logs has it. Signals go to the "
    "command; on a terminal Ctrl-P Ctrl-Q leaves it running. Of a pot that does not run the next run is "
    "waited "
    "for, and signals end that.",
    attach_options,
    run_attach};

}  // namespace potd::client
