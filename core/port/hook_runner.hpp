#pragma once

#include "core/base/result.hpp"
#include "core/model/run.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// One execution of one hook, complete.
struct HookRequest {
    RunKey key;
    std::vector<std::string> command;  ///< empty with `script`
    std::string script;                ///< run as a program of its own, by the interpreter it names
    std::string user;                  ///< of the host: "name", "uid", "name:group"; empty = root
    milliseconds timeout{0};
    std::vector<EnvVar> env;  ///< the whole environment
};

/// Runs hooks: programs of the host, each in a container of processes of its own, so that nothing it starts
/// outlives it. Loop thread. At most one hook a run at a time.
class HookRunner {
  public:
    using Done = std::function<void(HookResult)>;
    virtual ~HookRunner() = default;

    /// Whether this machine has the program and the user; else InvalidArgument below `field`.
    [[nodiscard]] virtual Status check(const HookSpec& hook, std::string_view field) = 0;

    /// `done` is called once, later, when the hook has ended and nothing of it is left: by itself, by its
    /// timeout, by `cancel`, or because it could not be started (HookResult::problem says which).
    virtual void run(HookRequest request, Done done) = 0;

    /// Kills the run's hook, if one is under way; its `done` follows.
    virtual void cancel(const RunKey& key) = 0;

    /// At start-up, before the first `run`: kills what hooks of a crashed potd have left.
    virtual Status sweep() = 0;
};

}  // namespace potd::core
