#include "daemon/platform/machine.hpp"

#include "daemon/platform/freebsd/host_probe.hpp"
#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/jail_limiter.hpp"
#include "daemon/platform/freebsd/jail_mounts.hpp"
#include "daemon/platform/freebsd/jail_networks.hpp"
#include "daemon/platform/freebsd/jail_processes.hpp"
#include "daemon/platform/freebsd/jail_runtime.hpp"
#include "daemon/platform/freebsd/log_watcher_kqueue.hpp"
#include "daemon/platform/freebsd/page_pressure.hpp"
#include "daemon/platform/freebsd/pure/limit_rule.hpp"
#include "daemon/platform/freebsd/racct_meter.hpp"
#include "daemon/platform/freebsd/reaper_hook_groups.hpp"
#include "daemon/platform/posix/host_machine.hpp"

#include <utility>

namespace potd::platform {
namespace {

core::Result<std::unique_ptr<HookGroups>> make_hook_groups(const MachineOptions& options, Loop loop) {
    auto groups = std::make_unique<ReaperHookGroups>(options.instance, options.run_directory, loop);
    if (auto ready = groups->prepare(); !ready) return std::move(ready).error();
    return std::unique_ptr<HookGroups>(std::move(groups));
}

core::Result<std::unique_ptr<JailRuntime>> make_runtime(const MachineOptions& options, Loop loop) {
    JailRuntimeOptions runtime;
    runtime.instance = options.instance;
    runtime.run_directory = options.run_directory;
    runtime.state_directory = options.state_directory;
    runtime.monitor_program = options.monitor_program;
    return JailRuntime::create(std::move(runtime), loop);
}

core::HostFacts make_facts(const JailNetworks& networks) {
    core::HostFacts facts = read_host_facts();
    facts.cpu_numbers = usable_processors();
    facts.limits = limit_abilities(accounting_enabled());
    if (const core::Status able = networks.check(); !able)
        facts.degraded.push_back(
            "When potd started there could be no pots on bridges: " + able.error().message + ".");
    return facts;
}

}  // namespace

core::Result<std::unique_ptr<Machine>> make_machine(const MachineOptions& options, Loop loop) {
    auto storage = make_storage(options, loop);
    if (!storage) return std::move(storage).error();
    auto runtime = make_runtime(options, loop);
    if (!runtime) return std::move(runtime).error().in("runtime");
    auto hooks = make_hook_groups(options, loop);
    if (!hooks) return std::move(hooks).error().in("hooks");
    auto networks = std::make_unique<JailNetworks>(
        JailNetworkOptions{options.instance, options.set_forwarding, options.problem});
    core::HostFacts facts = make_facts(*networks);
    // They live as long as each other.
    auto meter = std::make_unique<RacctMeter>(
        options.instance,
        [&networks = *networks](const core::RunKey& run) { return networks.cables_of(run); });
    return make_host_machine(
        {*std::move(runtime), *std::move(hooks), std::move(meter),
         [instance = options.instance](const core::RunKey& run) { return read_processes(instance, run); },
         std::make_unique<PagePressure>(options.state_directory, loop.executor),
         std::make_unique<JailMounts>(options.instance, loop.executor),
         std::make_unique<JailLimiter>(options.instance, loop.executor), std::move(networks),
         std::make_unique<KqueueLogWatcher>(loop.reactor), std::move(facts)},
        *std::move(storage), loop);
}

}  // namespace potd::platform
