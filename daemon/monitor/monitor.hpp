#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/exec_table.hpp"
#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/link_server.hpp"
#include "daemon/monitor/log_pump.hpp"
#include "daemon/monitor/plan_map.hpp"
#include "daemon/monitor/pot.hpp"

#include <cstdint>
#include <span>

namespace potd::monitor {

/// The life of one pot as its monitor sees it: launch, serve, end, wait until potd has taken the end.
class Monitor {
  public:
    Monitor(Pot& pot, LogBuffers& log, std::span<std::byte> frames)
        : pot_(pot), link_(frames), pump_(log), execs_(link_, pot) {}

    /// Returns when potd has taken the end of the run.
    void run(int link, int plan_fd);

  private:
    struct PollSet;

    void start();
    bool take_place(const platform::RunView& plan);
    bool found_by_the_next(const char* place);
    bool open_log(const platform::RunView& plan);
    bool launch_pot();
    void serve();
    [[nodiscard]] int patience() const;
    void handle(const PollSet& set);
    void rest();

    void take_frame();
    void obey(const LinkServer::Incoming& incoming, sys::Message& packet);
    void on_signal(const core::monitor_link::Signal& frame);
    void on_kill();
    void on_attach(const core::monitor_link::Attach& frame, sys::Message& packet);
    void answer_attach();
    void on_taken(const core::monitor_link::Taken& frame);

    void look_at_pot(std::span<const pollfd> entries);
    void on_started(const PotNews& news);
    void on_oom(const PotNews& news);
    void on_end(const PotNews& news);
    void send_tail();
    void tell_end();
    void say_hello();
    [[nodiscard]] bool running() const { return state_ <= core::monitor_link::MonitorState::Running; }
    [[nodiscard]] core::monitor_link::Failure failure() const {
        return {fault_.stage, fault_.error_number, fault_.text.view()};
    }

    Pot& pot_;
    LinkServer link_;
    LogPump pump_;
    ExecTable execs_;
    int plan_fd_ = -1;
    PotStreams streams_;
    int terminal_ = -1;  ///< master of the main command's terminal, for input and size
    bool taken_ = false;
    bool answer_due_ = false;  ///< an Attach came before the start
    core::monitor_link::MonitorState state_ = core::monitor_link::MonitorState::Starting;
    core::monitor_link::LinkProcesses processes_;
    core::monitor_link::ExitFacts facts_;
    Fault fault_;
};

}  // namespace potd::monitor
