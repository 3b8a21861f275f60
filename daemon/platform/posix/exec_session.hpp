#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/posix/exec_table.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/session_stream.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <memory>
#include <optional>

namespace potd::platform {

/// Our ends of a command's streams; with a terminal `output` is its master and `input` a duplicate.
struct SessionFds {
    UniqueFd input, output, error;
    bool terminal = false;
};

/// One further command's streams on the loop; `id` is not 0.
class MonitorExecSession final : public core::ExecSession {
  public:
    MonitorExecSession(Loop loop, std::shared_ptr<ExecTable> table, std::uint32_t id, SessionFds fds);
    MonitorExecSession(const MonitorExecSession&) = delete;
    MonitorExecSession& operator=(const MonitorExecSession&) = delete;
    ~MonitorExecSession() override;

    void start(Output output, Done done) override;
    void pause_output(bool paused) override;
    core::Status write(std::string_view bytes) override;
    [[nodiscard]] std::size_t unwritten() const override { return input_.unwritten(); }
    void close_stdin() override { input_.finish(); }
    core::Status resize(std::uint16_t rows, std::uint16_t columns) override;
    core::Status signal(int signal_number) override;

  private:
    void ended(int wait_status);
    void conclude();
    void schedule_conclusion(core::milliseconds delay);
    void deliver_done();

    Loop loop_;
    std::shared_ptr<ExecTable> table_;
    std::uint32_t id_;
    bool terminal_;
    InputStream input_;
    OutputStream output_, error_;
    Done done_;
    std::optional<core::ExecResult> result_;
    bool started_ = false, paused_ = false, settled_ = false, killed_ = false;
    core::Timers::Id timer_ = 0;
    std::uint64_t watcher_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
