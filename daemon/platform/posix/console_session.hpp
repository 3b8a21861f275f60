#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/posix/console.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace potd::platform {

/// One client at a console. What its consumer does not take now is kept: for a lossless one little, since
/// the console stops reading; for the others up to a megabyte, then what comes is lost for it.
class ConsoleSession final : public core::ExecSession {
  public:
    ConsoleSession(Loop loop, std::shared_ptr<Console> console, bool lossless)
        : loop_(loop), console_(std::move(console)), lossless_(lossless) {}
    ConsoleSession(const ConsoleSession&) = delete;
    ConsoleSession& operator=(const ConsoleSession&) = delete;
    // What leaving the console throws is that there is no memory, and then nothing goes on.
    ~ConsoleSession() override;  // NOLINT(bugprone-exception-escape)

    void start(Output output, Done done) override;
    void pause_output(bool paused) override;
    core::Status write(std::string_view bytes) override { return console_->write(bytes); }
    [[nodiscard]] std::size_t unwritten() const override { return console_->unwritten(); }
    void close_stdin() override { console_->close_input(); }
    core::Status resize(std::uint16_t rows, std::uint16_t columns) override {
        return console_->resize(rows, columns);
    }
    core::Status signal(int signal_number) override;

    // For the console.
    [[nodiscard]] bool lossless() const { return lossless_; }
    /// True while the console should not read on for its sake.
    [[nodiscard]] bool holds_up() const { return lossless_ && (!ready() || !queue_.empty()); }
    void take(core::Stream stream, std::string_view bytes);
    /// Nothing follows; `done` is told once everything was delivered.
    void end(const core::ExecResult& result);

  private:
    [[nodiscard]] bool ready() const { return output_ != nullptr && !paused_; }
    void deliver();

    Loop loop_;
    std::shared_ptr<Console> console_;
    bool lossless_;
    std::shared_ptr<const Output> output_;
    Done done_;
    bool paused_ = false, delivering_ = false;
    std::deque<std::pair<core::Stream, std::string>> queue_;
    std::size_t queued_ = 0;
    std::optional<core::ExecResult> result_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
