#pragma once

#include "core/base/result.hpp"
#include "core/monitor_link/frame_codec.hpp"
#include "daemon/platform/posix/monitor_link.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace potd::platform {

/// The further commands of one run, on potd's side: which are asked for, which run, whom to tell of
/// their end. Loop thread. Outlives its link: then every call says that the run has ended.
class ExecTable {
  public:
    struct Begun {
        std::uint32_t id = 0;
        UniqueFd terminal;  ///< master, if one was asked for
    };
    struct Console {
        UniqueFd input;  ///< empty if the command's input is not open
        bool terminal = false;
    };
    /// What a console's reader had not taken when the run ended.
    struct TailFile {
        UniqueFd file;  ///< empty if there is nothing
        std::int64_t position = 0;
    };
    struct Tails {
        TailFile output, errors;
    };
    using Ended = std::function<void(int wait_status)>;

    ExecTable();

    /// `link` may be null: the run is over.
    void connect(MonitorLink* link) { link_ = link; }

    void start(core::monitor_link::ExecOrder order, std::vector<UniqueFd> standard, core::Reply<Begun> reply);
    /// Output of the main command from now on goes into `outputs` (one, or two with standard error).
    void attach(std::vector<UniqueFd> outputs, bool wait, core::Reply<Console> reply);
    /// Whether this monitor can wait for the reader of a console. Known once it has said a word; until
    /// then it is taken for one of our own age.
    [[nodiscard]] bool can_wait() const;
    [[nodiscard]] core::Status set_wait(bool wait);
    /// The monitor lets go of the command's input.
    [[nodiscard]] core::Status close_input();
    /// After the end, once.
    [[nodiscard]] Tails take_tails() { return std::exchange(tails_, {}); }
    /// ResourceExhausted while the monitor has much to do already: clients may ask faster than it can act.
    /// SIGKILL is always sent, but only once, which `killed` remembers.
    [[nodiscard]] core::Status signal(std::uint32_t id, int number, bool& killed);
    /// The window of the main command; an exec's is set at its master.
    /// ResourceExhausted as with `signal`.
    [[nodiscard]] core::Status resize(std::uint16_t rows, std::uint16_t columns);

    /// Calls `ended` once when the command ends; id 0 is the run itself. Returns a handle for `forget`.
    [[nodiscard]] std::uint64_t watch(std::uint32_t id, Ended ended);
    void forget(std::uint64_t watcher);

    /// Takes a frame about execs or the console; others are ignored.
    void take(const core::monitor_link::FrameView& frame, std::vector<UniqueFd> descriptors);

    /// The run has ended with this status: nothing runs any more, nothing can be started.
    void finish(int wait_status);

  private:
    struct Watcher {
        std::uint32_t id;
        Ended ended;
    };
    void started(const core::monitor_link::FrameView& frame, std::vector<UniqueFd> descriptors);
    void failed(const core::monitor_link::FrameView& frame);
    void exited(const core::monitor_link::FrameView& frame);
    void attached(const core::monitor_link::FrameView& frame, std::vector<UniqueFd> descriptors);
    void keep_tails(const core::monitor_link::FrameView& frame, std::vector<UniqueFd> descriptors);
    [[nodiscard]] core::Reply<Begun> take_pending(std::uint32_t id);
    [[nodiscard]] core::Status check_backlog() const;
    void notify(const std::function<bool(std::uint32_t)>& concerned, int wait_status);
    template <class Frame>
    [[nodiscard]] core::Status send(const Frame& frame);

    MonitorLink* link_ = nullptr;
    std::uint32_t last_id_;
    std::uint64_t last_watcher_ = 0;
    std::map<std::uint32_t, core::Reply<Begun>> pending_;
    std::deque<core::Reply<Console>> attaching_;  ///< answered in order
    std::map<std::uint64_t, Watcher> watchers_;
    Tails tails_;
};

}  // namespace potd::platform
