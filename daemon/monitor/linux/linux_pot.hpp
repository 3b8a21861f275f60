#pragma once

#include "daemon/monitor/linux/launch.hpp"
#include "daemon/monitor/linux/oom_watch.hpp"
#include "daemon/monitor/pot.hpp"

namespace potd::monitor {

/// A pot of namespaces and control groups. Its pid 1 puts the sandbox together and reports over a socket;
/// the pot has ended when pid 1 has.
class LinuxPot final : public Pot {
  public:
    LinuxPot() = default;

    bool launch(int plan_fd, PotStreams& streams, Fault& fault) override;
    [[nodiscard]] core::monitor_link::LinkProcesses processes() const override { return processes_; }
    [[nodiscard]] std::size_t fill(std::span<pollfd> entries) const override;
    [[nodiscard]] int patience() const override { return oom_.patience(); }
    void look(std::span<const pollfd> entries, PotNews& news, Fault& fault) override;
    void signal(int number, core::monitor_link::SignalScope scope) override;
    void kill(int plan_fd) override;
    void count(int plan_fd, core::monitor_link::ExitFacts& facts) const override;
    void clean(int plan_fd) override;
    bool start_exec(const ExecOrder& order, ExecStart& start, Fault& fault) override;
    ExecStep take_exec(ExecStart& start, Fault& fault) override;
    void kill_untold(ExecStart& start) override;
    [[nodiscard]] long next_stray() const override;
    void rest() override {}

  private:
    void take_control(PotNews& news, Fault& fault);
    void take_start(int process, int terminal, PotNews& news);
    void take_end(PotNews& news, Fault& fault);
    void signal_everybody(int number);

    int init_ = -1;     ///< pidfd
    int control_ = -1;  ///< to and from init
    int main_ = -1;     ///< pidfd of the main command
    OomWatch oom_;
    core::monitor_link::LinkProcesses processes_;
    bool started_ = false;
    bool main_ended_ = false;
};

}  // namespace potd::monitor
