#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"

namespace potd::platform {

/// Further commands and consoles of the runs a LinuxRuntime follows.
class LinuxExecHost final : public core::ExecHost {
  public:
    LinuxExecHost(LinuxRuntime& runtime, Loop loop) : runtime_(runtime), loop_(loop) {}

    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    /// One console at a time is fed by the monitor: the sessions of a run share it.
    void attach(const core::RunKey& key, core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

  private:
    LinuxRuntime& runtime_;
    Loop loop_;
};

}  // namespace potd::platform
