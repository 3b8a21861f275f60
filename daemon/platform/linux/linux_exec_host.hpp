#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"

#include <memory>

namespace potd::platform {

/// Further commands and consoles of the runs a LinuxRuntime follows. The process must ignore SIGPIPE:
/// a command may end while it is written to.
class LinuxExecHost final : public core::ExecHost {
  public:
    LinuxExecHost(LinuxRuntime& runtime, Loop loop) : runtime_(runtime), loop_(loop) {}

    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    /// Any number may be attached to one run.
    void attach(const core::RunKey& key, const core::AttachOptions& options,
                core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

  private:
    LinuxRuntime& runtime_;
    Loop loop_;
};

}  // namespace potd::platform
