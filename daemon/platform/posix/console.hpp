#pragma once

#include "core/base/result.hpp"
#include "core/port/exec.hpp"
#include "daemon/platform/posix/exec_table.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/pipe.hpp"
#include "daemon/platform/posix/session_stream.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace potd::platform {

class ConsoleSession;

/// The console of one run's main command, shared by all who are attached: a monitor feeds one reader
/// only, and the command has one input. Loop thread. Lives as long as somebody holds it; its sessions do.
///
/// While one of the lossless sessions has to wait for its client, nothing is read and the monitor lets the
/// command wait. A monitor that is too old for that (core/monitor_link, version 1) treats all alike.
class Console : public std::enable_shared_from_this<Console> {
  public:
    [[nodiscard]] static std::shared_ptr<Console> create(Loop loop, std::shared_ptr<ExecTable> table);
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console();

    /// Asks the monitor at once, in the lossless way, for whoever joins later: from here on nothing is
    /// missed.
    void open();
    /// A session of one more who watches: output from now on.
    void join(const core::AttachOptions& options, core::Reply<std::unique_ptr<core::ExecSession>> reply);

    /// True while the monitor has not answered.
    [[nodiscard]] bool asking() const { return state_ == State::Asking; }

    // For the sessions.
    void leave(const ConsoleSession& session);
    /// A session may have begun or ceased to wait for its client.
    void pace();
    [[nodiscard]] bool terminal() const { return terminal_; }
    [[nodiscard]] core::Status write(std::string_view bytes);
    [[nodiscard]] std::size_t unwritten() const { return input_ ? input_->unwritten() : 0; }
    /// Ends the command's input, whoever else is attached, once it has taken what was written before. Goes
    /// on when the sessions are gone. A terminal has no end of input, only a key for it.
    void close_input();
    [[nodiscard]] core::Status resize(std::uint16_t rows, std::uint16_t columns);
    [[nodiscard]] core::Status signal(int number);

  private:
    struct Joining {
        core::AttachOptions options;
        core::Reply<std::unique_ptr<core::ExecSession>> reply;
    };
    enum class State { Idle, Asking, Attached };

    Console(Loop loop, std::shared_ptr<ExecTable> table) : loop_(loop), table_(std::move(table)) {}

    void ask(bool wait);
    void attached(core::Result<ExecTable::Console> answer);
    void take_input(UniqueFd input);
    void read_streams();
    [[nodiscard]] std::unique_ptr<core::ExecSession> add_session(const core::AttachOptions& options);
    [[nodiscard]] bool wants_wait() const;
    void set_mode();
    [[nodiscard]] bool held_up() const;
    void hold_streams();
    void feed(core::Stream stream, std::string_view bytes);
    void stream_ended();
    void ask_again();
    void run_ended(int wait_status);
    void wait_for_the_rest();
    void read_tails();
    [[nodiscard]] bool read_tail(core::Stream stream, ExecTable::TailFile& tail);
    [[nodiscard]] bool all_read() const;
    void conclude();
    void input_closed();

    Loop loop_;
    std::shared_ptr<ExecTable> table_;
    State state_ = State::Idle;
    bool waiting_ = false;  ///< the monitor was told to wait for us
    std::vector<Joining> joining_;
    std::vector<ConsoleSession*> sessions_;
    Pipe output_pipe_, error_pipe_;  ///< our read sides while the monitor has not answered
    std::unique_ptr<OutputStream> output_, error_;
    std::unique_ptr<InputStream> input_;
    std::shared_ptr<Console> closing_;  ///< ourselves, while the rest of the input goes out
    bool terminal_ = false;
    ExecTable::Tails tails_;
    std::optional<core::ExecResult> result_;
    bool concluded_ = false, killed_ = false;
    std::uint64_t watcher_ = 0;
    core::Timers::Id timer_ = 0;
};

}  // namespace potd::platform
