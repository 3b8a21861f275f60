#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"

#include <memory>

namespace potd::platform {

/// Further commands and consoles of the runs a MonitoredRuntime follows. The process must ignore SIGPIPE:
/// a command may end while it is written to.
class MonitorExecHost final : public core::ExecHost {
  public:
    MonitorExecHost(MonitoredRuntime& runtime, Loop loop) : runtime_(runtime), loop_(loop) {}

    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    /// Any number may be attached to one run.
    void attach(const core::RunKey& key, const core::AttachOptions& options,
                core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

  private:
    MonitoredRuntime& runtime_;
    Loop loop_;
};

}  // namespace potd::platform
