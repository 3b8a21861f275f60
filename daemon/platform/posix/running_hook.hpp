#pragma once

#include "core/port/hook_runner.hpp"
#include "daemon/platform/posix/hook_end.hpp"
#include "daemon/platform/posix/hook_groups.hpp"
#include "daemon/platform/posix/hook_output.hpp"
#include "daemon/platform/posix/loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace potd::platform {

/// One hook from its request to its result: looks up its user, starts it, reads what it writes, kills it
/// when its time is up, and clears away what it left behind. Loop thread.
class RunningHook {
  public:
    /// `ended` is called once, never inside `start` or `cut`, and may destroy this.
    RunningHook(Loop loop, HookGroups& groups, core::HookRequest request, core::HookRunner::Done ended);
    RunningHook(const RunningHook&) = delete;
    RunningHook& operator=(const RunningHook&) = delete;
    ~RunningHook();

    void start();
    /// Kills everything it started, unless its program has ended already.
    void cut(HookCut reason);

  private:
    void begin(const HostUser& user);
    [[nodiscard]] core::Status launch(const HostUser& user);
    void refuse(std::string problem);
    void await_output();
    void read_some();
    void drain();
    void close_output();
    void process_ended();
    void clear();
    void cleared(const core::Status& status);
    void reap_some_day();
    void conclude_later();
    void conclude();

    Loop loop_;
    HookGroups& groups_;
    core::HookRequest request_;
    core::HookRunner::Done ended_;
    std::string name_;  ///< of its group
    HookOutput collected_;
    ProcessHandle process_;  ///< empty before the start and after the end
    UniqueFd failure_;
    UniqueFd output_;  ///< empty once all writers are gone or nobody's words count any more
    core::Timers::Id timer_ = 0;
    HookCut cut_ = HookCut::None;
    std::optional<int> status_;
    std::string refused_;  ///< why the program was never executed
    std::string stuck_;    ///< why something of it is still there
    bool clearing_ = false;
    bool gone_ = false;  ///< nothing of the group is left
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
