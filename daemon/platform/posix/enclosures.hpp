#pragma once

#include "core/base/result.hpp"
#include "core/model/run.hpp"
#include "daemon/platform/posix/waiting.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace potd::platform {

/// What keeps the processes of each run together in the kernel: control groups on Linux, jails on FreeBSD.
/// Runs go by core::kernel_name; what belongs to another instance or to others is never touched. Loop thread.
class Enclosures {
  public:
    virtual ~Enclosures() = default;

    /// SIGKILL to everything in it, without a window for new processes. Nothing to kill is fine.
    [[nodiscard]] virtual core::Status kill(const std::string& name) = 0;

    /// A signal to these processes, by their pids on the host, as far as they are in it at that moment: none
    /// other is ever met. NotFound if none is.
    [[nodiscard]] virtual core::Status signal(const std::string& name, int number,
                                              const std::vector<std::int32_t>& pids) = 0;

    /// Replies when no process is left in it, Timeout after `limit`; never inside.
    [[nodiscard]] virtual std::unique_ptr<Waiting> wait_until_empty(const std::string& name,
                                                                    core::milliseconds limit,
                                                                    core::Reply<void> reply) = 0;

    /// Removes it with all that the run has around it in the kernel. An error while processes are still
    /// leaving: to be tried again. Nothing to remove is fine.
    [[nodiscard]] virtual core::Status remove(const std::string& name) = 0;

    /// Processes that the kernel has killed for memory as far as its monitor cannot see it.
    [[nodiscard]] virtual std::int64_t unseen_oom_kills(const std::string& /*name*/) const { return 0; }
    /// What is known of processes of it that the kernel killed for memory, but for their number.
    [[nodiscard]] virtual core::OomFacts oom_facts(const std::string& name) = 0;

    /// The runs of which something is there.
    [[nodiscard]] virtual std::vector<std::string> runs() const = 0;
};

}  // namespace potd::platform
