#pragma once

#include "core/port/hook_runner.hpp"
#include "daemon/platform/posix/hook_groups.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/running_hook.hpp"

#include <map>
#include <memory>

namespace potd::platform {

/// Runs hooks as processes of the host, each in a group of its own. When a hook's program ends, the hook
/// has ended: what it left running is killed, so it cannot leave daemons behind.
class HostHookRunner final : public core::HookRunner {
  public:
    HostHookRunner(Loop loop, HookGroups& groups) : loop_(loop), groups_(groups) {}
    HostHookRunner(const HostHookRunner&) = delete;
    HostHookRunner& operator=(const HostHookRunner&) = delete;
    /// Kills the hooks that run; their `done` is not called.
    ~HostHookRunner() override;

    [[nodiscard]] core::Status check(const core::HookSpec& hook, std::string_view field) override;
    void run(core::HookRequest request, Done done) override;
    void cancel(const core::RunKey& key) override;
    core::Status sweep() override { return groups_.sweep(); }

  private:
    Loop loop_;
    HookGroups& groups_;
    std::map<core::RunKey, std::unique_ptr<RunningHook>> running_;
};

}  // namespace potd::platform
