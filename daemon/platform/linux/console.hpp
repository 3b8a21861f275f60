#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/linux/cgroup_wait.hpp"
#include "daemon/platform/linux/exec_session.hpp"
#include "daemon/platform/linux/exec_table.hpp"
#include "daemon/platform/linux/session_stream.hpp"

#include <memory>
#include <vector>

namespace potd::platform {

/// Read and write side of a new close-on-exec pipe.
struct Pipe {
    UniqueFd read, write;
};
[[nodiscard]] core::Result<Pipe> make_pipe();

/// The console of one run's main command, shared by all who are attached: a monitor feeds one reader
/// only. Loop thread. Lives as long as somebody holds it; its sessions do.
class Console : public std::enable_shared_from_this<Console> {
  public:
    Console(Loop loop, std::shared_ptr<ExecTable> table);
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console();

    /// Streams of one more who watches: output from now on. A reader that falls a megabyte behind
    /// misses what comes then; the pot never waits for it.
    void join(core::Reply<SessionFds> reply);

  private:
    struct Viewer {
        UniqueFd output, error;
    };
    enum class State { Idle, Asking, Attached };

    void ask();
    void attached(core::Result<ExecTable::Console> answer);
    void feed(UniqueFd Viewer::*stream, std::string_view bytes);
    void stream_ended();
    void run_ended();
    [[nodiscard]] core::Result<SessionFds> add_viewer();

    Loop loop_;
    std::shared_ptr<ExecTable> table_;
    State state_ = State::Idle;
    std::vector<core::Reply<SessionFds>> joining_;
    std::vector<Viewer> viewers_;
    Pipe output_pipe_, error_pipe_;  ///< our read sides while the monitor has not answered
    std::unique_ptr<OutputStream> output_, error_;
    ExecTable::Console console_;
    std::uint64_t watcher_ = 0;
    core::Timers::Id timer_ = 0;
};

}  // namespace potd::platform
