#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/fault.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

struct pollfd;

namespace potd::monitor {

/// potmon's ends of the main command's streams; -1 where there is none. Output and errors do not block.
struct PotStreams {
    int output = -1, errors = -1, input = -1;
};

/// What a look at the pot brought. Several may come at once, in this order.
struct PotNews {
    bool started = false;  ///< the command runs, or the pot is ready without one
    core::monitor_link::LinkProcesses processes;
    int terminal = -1;           ///< master of the command's terminal, the caller's now; -1 = it has none
    std::int64_t oom_kills = 0;  ///< the kernel has killed processes for memory, so many so far; 0: no news
    bool kill = false;           ///< … and the rest is to go, too
    bool main_ended = false;
    std::int32_t main_status = 0;  ///< as of wait(2)
    bool ended = false;            ///< no process of it is left; told once, nothing follows
    std::int32_t init_status = 0;  ///< as of wait(2), of what kept the pot
};

struct ExecOrder {
    const core::monitor_link::Exec* frame = nullptr;
    int standard[3] = {-1, -1, -1};
    int plan_fd = -1;
};

/// A further command on its way. Descriptors are the caller's; -1 = not yet, or not any more.
struct ExecStart {
    int report = -1;  ///< something is to be taken when it can be read
    int helper = -1;  ///< the process that starts the command, where that is another
    int process = -1;
    int terminal = -1;  ///< master
    long pid = 0;
    /// In memory that the helper shares: the command's pid from its birth on, long before it is told.
    std::int32_t* born = nullptr;
};

enum class ExecStep {
    Waiting,
    Runs,    ///< `process`, `pid` and `terminal` are set
    Failed,  ///< nothing of it is left
    Lost,    ///< as Failed, but the command may be a child nobody knows
};

/// The one pot of a monitor: how a system makes it, tells what becomes of it, and ends it. Calls do not wait
/// for what the pot does.
class Pot {
  public:
    static constexpr std::size_t max_fds = 3;

    /// Begins to make it; whether it runs is told by `look`. False: `fault` says why, nothing of it runs and
    /// `clean` removes the rest.
    [[nodiscard]] virtual bool launch(int plan_fd, PotStreams& streams, Fault& fault) = 0;
    /// Identities as far as they are known.
    [[nodiscard]] virtual core::monitor_link::LinkProcesses processes() const = 0;

    /// What to poll for; at most max_fds entries, their count. Nothing after the end.
    [[nodiscard]] virtual std::size_t fill(std::span<pollfd> entries) const = 0;
    /// Milliseconds after which `look` is due even if nothing is ready; -1 = never.
    [[nodiscard]] virtual int patience() const = 0;
    /// After a poll with these entries. `fault` is set where a start went wrong: the end follows.
    virtual void look(std::span<const pollfd> entries, PotNews& news, Fault& fault) = 0;

    /// As the Signal frame says.
    virtual void signal(int number, core::monitor_link::SignalScope scope) = 0;
    /// SIGKILL to everything in it, also while it is being made.
    virtual void kill(int plan_fd) = 0;

    /// After the end, or a launch that failed: what the kernel counted.
    virtual void count(int plan_fd, core::monitor_link::ExitFacts& facts) const = 0;
    /// Then: removes what it had in the kernel. What cannot go is left to potd.
    virtual void clean(int plan_fd) = 0;

    /// Begins a further command in the pot.
    [[nodiscard]] virtual bool start_exec(const ExecOrder& order, ExecStart& start, Fault& fault) = 0;
    /// Takes what `start.report` has to say.
    [[nodiscard]] virtual ExecStep take_exec(ExecStart& start, Fault& fault) = 0;
    /// SIGKILL to a command whose helper is dead and has told nothing of it. A pot may have stopped it.
    virtual void kill_untold(ExecStart& start) = 0;
    /// A child that has ended and may be a command that was Lost; 0 = there is none.
    [[nodiscard]] virtual long next_stray() const = 0;

    /// Gives back memory that starting commands has touched; a longer rest begins.
    virtual void rest() = 0;

  protected:
    Pot() = default;
    ~Pot() = default;
    Pot(const Pot&) = default;
    Pot& operator=(const Pot&) = default;
};

}  // namespace potd::monitor
