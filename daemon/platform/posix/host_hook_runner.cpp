#include "daemon/platform/posix/host_hook_runner.hpp"

#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {

HostHookRunner::~HostHookRunner() {
    // What will not die now is swept at the next start.
    if (!running_.empty()) (void)groups_.sweep();
}

/// The user is not looked up here: that may block on the network.
core::Status HostHookRunner::check(const core::HookSpec& hook, std::string_view field) {
    if (hook.command.empty()) return {};
    const std::string& program = hook.command.front();
    struct stat facts {};
    const bool runs = ::stat(program.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
                      ::access(program.c_str(), X_OK) == 0;
    if (runs) return {};
    return core::invalid_field(std::string(field) + ".command[0]", program,
                               "an executable file of this host");
}

void HostHookRunner::run(core::HookRequest request, Done done) {
    const core::RunKey key = request.key;
    if (running_.contains(key)) {
        core::HookResult refused;
        refused.ended_at = loop_.clock.wall();
        refused.problem = "another hook of the run is under way";
        return loop_.executor.post([done = std::move(done), refused] { done(refused); });
    }
    const auto ended = [this, key, done = std::move(done)](core::HookResult result) {
        // Kept to the end of this call, which comes from it; `done` may ask for the run's next hook.
        const auto hook = std::move(running_.extract(key).mapped());
        done(std::move(result));
    };
    auto hook = std::make_unique<RunningHook>(loop_, groups_, std::move(request), ended);
    RunningHook& started = *(running_[key] = std::move(hook));
    started.start();
}

void HostHookRunner::cancel(const core::RunKey& key) {
    if (const auto found = running_.find(key); found != running_.end())
        found->second->cut(HookCut::Cancelled);
}

}  // namespace potd::platform
