#pragma once

#include "daemon/monitor/freebsd/mounts.hpp"
#include "daemon/monitor/freebsd/pot_process.hpp"
#include "daemon/monitor/plan_map.hpp"
#include "daemon/monitor/pot.hpp"

#include <cstdint>

namespace potd::monitor {

using JailMap = PlanMap<platform::JailView>;

/// A pot in a jail. potmon builds it and starts the command itself; it is the reaper of all that descends
/// from it, so the pot has ended when nothing does any more. What is made is undone in the opposite order:
/// ruleset, mounts, jail, limits, network, command.
class JailPot final : public Pot {
  public:
    JailPot() = default;

    bool launch(int plan_fd, PotStreams& streams, Fault& fault) override;
    [[nodiscard]] core::monitor_link::LinkProcesses processes() const override { return processes_; }
    [[nodiscard]] std::size_t fill(std::span<pollfd> entries) const override;
    [[nodiscard]] int patience() const override;
    void look(std::span<const pollfd> entries, PotNews& news, Fault& fault) override;
    void signal(int number, core::monitor_link::SignalScope scope) override;
    void kill(int plan_fd) override;
    void count(int plan_fd, core::monitor_link::ExitFacts& facts) const override;
    void clean(int plan_fd) override;
    bool start_exec(const ExecOrder& order, ExecStart& start, Fault& fault) override;
    ExecStep take_exec(ExecStart& start, Fault& fault) override;
    void kill_untold(ExecStart& /*start*/) override {}  // its process is known from the beginning
    [[nodiscard]] long next_stray() const override { return 0; }
    void rest() override {}

  private:
    enum class Phase {
        None,
        Starting,
        Running,
        Draining,  ///< told to end; what is in it may end by itself
        Ending,    ///< the jail is removed
        Gone,
    };

    [[nodiscard]] bool build(const platform::JailView& plan, Fault& fault);
    [[nodiscard]] bool start_main(const platform::JailView& plan, PotStreams& streams, Fault& fault);
    void take_start(PotNews& news, Fault& fault);
    void take_main_end(PotNews& news);
    void end_jail();
    void take_down();
    [[nodiscard]] bool is_empty() const;
    void finish(PotNews& news);

    Phase phase_ = Phase::None;
    FixedText<128> name_;
    int jail_ = 0;
    std::uint16_t ruleset_ = 0;
    Mounts mounts_;
    int children_ = -1;  ///< kqueue
    int owner_ = -1;     ///< the jail's descriptor, where the kernel has such
    int report_ = -1;    ///< of the main command, until it is executed
    int main_ = -1;      ///< process descriptor of the main command
    int terminal_ = -1;  ///< its master, until it is told
    int plan_fd_ = -1;
    bool has_links_ = false;
    bool persistent_ = false;
    bool boots_ = false;  ///< the process is not a command of the user but what brings the jail up
    core::monitor_link::LinkProcesses processes_;
};

}  // namespace potd::monitor
