// potd, but for points at which it can be told to die: see crash_points.hpp.
#include "daemon/program.hpp"
#include "tests/crash/crashing_ports.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace {

using namespace potd;

/// What stands between core and the adapters.
struct Crashing {
    Crashing(const ActingPorts& inner, crash::CrashPoints& points)
        : journal(inner.journal, points),
          runtime(inner.runtime, points),
          hooks(inner.hooks, points),
          files(inner.files, points),
          volumes(inner.volumes, points),
          mounts(inner.mounts, points),
          limiter(inner.limiter, points),
          networks(inner.networks, points) {}

    crash::CrashingJournal journal;
    crash::CrashingRuntime runtime;
    crash::CrashingHookRunner hooks;
    crash::CrashingFileSystem files;
    crash::CrashingVolumeStore volumes;
    crash::CrashingLiveMounts mounts;
    crash::CrashingLimiter limiter;
    crash::CrashingNetworks networks;
};

}  // namespace

int main(int argc, char** argv) {
    crash::CrashPoints& points = crash::CrashPoints::here();
    std::optional<Crashing> crashing;
    const auto interpose = [&](const ActingPorts& inner) {
        crashing.emplace(inner, points);
        return ActingPorts{crashing->journal, crashing->runtime, crashing->hooks,   crashing->files,
                           crashing->volumes, crashing->mounts,  crashing->limiter, crashing->networks};
    };
    return run_daemon(std::span<const char* const>(argv, static_cast<std::size_t>(argc)).subspan(1),
                      interpose);
}
