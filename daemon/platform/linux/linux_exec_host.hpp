#pragma once

#include "core/port/exec.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"

#include <map>
#include <memory>

namespace potd::platform {

class Console;

/// Further commands and consoles of the runs a LinuxRuntime follows. The process must ignore SIGPIPE:
/// a command may end while it is written to.
class LinuxExecHost final : public core::ExecHost {
  public:
    LinuxExecHost(LinuxRuntime& runtime, Loop loop) : runtime_(runtime), loop_(loop) {}

    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    /// Any number may be attached to one run.
    void attach(const core::RunKey& key, core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

  private:
    LinuxRuntime& runtime_;
    Loop loop_;
    std::map<core::RunKey, std::weak_ptr<Console>> consoles_;
};

}  // namespace potd::platform
