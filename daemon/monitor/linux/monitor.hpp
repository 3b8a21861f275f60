#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/link_server.hpp"
#include "daemon/monitor/linux/exec_table.hpp"
#include "daemon/monitor/linux/fault.hpp"
#include "daemon/monitor/linux/launch.hpp"
#include "daemon/monitor/linux/plan_map.hpp"
#include "daemon/monitor/log_pump.hpp"

#include <cstdint>

namespace potd::monitor {

/// The life of one pot as its monitor sees it: launch, serve, end, wait until potd has taken the end.
class Monitor {
  public:
    Monitor(LogBuffers& log, std::span<std::byte> frames) : link_(frames), pump_(log), execs_(link_) {}

    /// Returns when potd has taken the end of the run.
    void run(int link, int plan_fd);

  private:
    struct PollSet;

    void start();
    bool take_place(PlanMap& map);
    bool launch_pot(PlanMap& map);
    void give_up();
    void serve();
    void handle(const PollSet& set);

    void take_frame();
    void obey(const LinkServer::Incoming& incoming, sys::Message& packet);
    void on_signal(const core::monitor_link::Signal& frame);
    void on_kill();
    void on_attach(const core::monitor_link::Attach& frame, sys::Message& packet);
    void answer_attach();
    void on_taken(const core::monitor_link::Taken& frame);

    void take_control();
    void on_started(int process, int terminal);
    void on_init_end();
    void send_tail();
    void tell_end();
    void say_hello();
    [[nodiscard]] bool running() const { return state_ <= core::monitor_link::MonitorState::Running; }
    [[nodiscard]] core::monitor_link::Failure failure() const {
        return {fault_.stage, fault_.error_number, fault_.text.view()};
    }

    LinkServer link_;
    LogPump pump_;
    ExecTable execs_;
    int plan_fd_ = -1;
    Launched pot_;
    int main_ = -1;      ///< pidfd of the main command
    int terminal_ = -1;  ///< its terminal's master, for input and size
    bool main_ended_ = false;
    bool persistent_ = false;
    bool taken_ = false;
    bool answer_due_ = false;  ///< an Attach came before the start
    core::monitor_link::MonitorState state_ = core::monitor_link::MonitorState::Starting;
    core::monitor_link::LinkProcesses processes_;
    core::monitor_link::ExitFacts facts_;
    std::int64_t failed_at_ms_ = 0;
    Fault fault_;
};

}  // namespace potd::monitor
