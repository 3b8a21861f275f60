#pragma once

#include "core/port/clock.hpp"
#include "core/port/exec.hpp"
#include "core/port/executor.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace potd::core {

/// One command inside a pot, with a time limit and a bound on its output. Loop thread; destroying it ends its
/// interest, `done` is not called any more.
class ExecProbe : public std::enable_shared_from_this<ExecProbe> {
  public:
    struct Ports {
        ExecHost& exec;
        Clock& clock;
        Timers& timers;
        Executor& executor;
    };
    /// What it printed if it exited with 0, else why not. Called once, later, from the loop itself.
    using Done = std::function<void(Result<std::string>)>;

    explicit ExecProbe(const Ports& ports) : ports_(ports) {}
    ~ExecProbe();
    ExecProbe(const ExecProbe&) = delete;
    ExecProbe& operator=(const ExecProbe&) = delete;

    void begin(const RunKey& key, const std::vector<std::string>& command, milliseconds timeout, Done done);

  private:
    void connected(Result<std::unique_ptr<ExecSession>> session);
    void output(std::string_view text);
    void ended(const ExecResult& result);
    void timed_out(milliseconds timeout);
    void finish(Result<std::string> result);

    Ports ports_;
    Done done_;
    std::unique_ptr<ExecSession> session_;
    std::string output_;
    Timers::Id timer_ = 0;
};

/// What a probe says of a command that failed, but not what that printed; any other text as it is. For those
/// who may not read logs.
[[nodiscard]] std::string without_output(std::string text);

}  // namespace potd::core
