#include "daemon/platform/machine.hpp"

#include "daemon/platform/linux/cgroup_hook_groups.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/cgroup_limiter.hpp"
#include "daemon/platform/linux/cgroup_meter.hpp"
#include "daemon/platform/linux/cgroup_processes.hpp"
#include "daemon/platform/linux/host_probe.hpp"
#include "daemon/platform/linux/kernel_networks.hpp"
#include "daemon/platform/linux/kernel_pressure.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"
#include "daemon/platform/linux/log_watcher_inotify.hpp"
#include "daemon/platform/linux/namespace_mounts.hpp"
#include "daemon/platform/posix/host_machine.hpp"

#include <utility>

namespace potd::platform {
namespace {

std::shared_ptr<const IdShift> try_id_shift(const MachineOptions& options, const core::FileSystem& files) {
    return std::make_shared<const IdShift>(IdShift::probe(
        {options.state_directory, files.name() == "overlay", options.first_user_namespace_id}));
}

core::Result<std::unique_ptr<LinuxRuntime>> make_runtime(const MachineOptions& options, Loop loop,
                                                         std::shared_ptr<const IdShift> shift) {
    RuntimeOptions runtime;
    runtime.instance = options.instance;
    runtime.run_directory = options.run_directory;
    runtime.monitor_program = options.monitor_program;
    runtime.plan.shift = std::move(shift);
    runtime.problem = options.problem;
    return LinuxRuntime::create(runtime, loop);
}

/// After the runtime: on a delegated v2 base it has moved potd out of the way.
core::Result<std::unique_ptr<HookGroups>> make_hook_groups(const LinuxRuntime& runtime,
                                                           const std::string& instance, Loop loop) {
    auto groups = std::make_unique<CgroupHookGroups>(runtime.cgroups().layout(), instance,
                                                     runtime.monitor_program(), loop);
    if (auto ready = groups->prepare(); !ready) return std::move(ready).error();
    return std::unique_ptr<HookGroups>(std::move(groups));
}

core::HostFacts make_facts(const CgroupLayout& cgroups, const IdShift& shift) {
    core::HostFacts facts = read_host_facts(cgroups);
    if (const core::Status& usable = shift.usable(); !usable) {
        facts.degraded.push_back("security.user_namespace is refused: " + usable.error().message + ".");
    }
    return facts;
}

/// Both outlive it.
std::unique_ptr<CgroupMeter> make_meter(const LinuxRuntime& runtime, const KernelNetworks& networks) {
    NetworkMeter network({[&runtime](const core::RunKey& key) { return runtime.init_of(key); },
                          [&networks](const core::RunKey& key) { return networks.addresses_of(key); }});
    return std::make_unique<CgroupMeter>(runtime.cgroups(), std::move(network));
}

}  // namespace

core::Result<std::unique_ptr<Machine>> make_machine(const MachineOptions& options, Loop loop) {
    auto storage = make_storage(options, loop);
    if (!storage) return std::move(storage).error();
    const auto shift = try_id_shift(options, *storage->chosen.files);
    auto runtime = make_runtime(options, loop, shift);
    if (!runtime) return std::move(runtime).error().in("runtime");
    auto hooks = make_hook_groups(**runtime, options.instance, loop);
    if (!hooks) return std::move(hooks).error().in("hooks");
    core::HostFacts facts = make_facts((*runtime)->cgroups().layout(), *shift);
    auto networks = std::make_unique<KernelNetworks>(
        NetworkOptions{options.instance, options.set_forwarding, options.problem, &loop.reactor});
    auto meter = make_meter(**runtime, *networks);
    auto mounts = std::make_unique<NamespaceMounts>(**runtime, loop.executor);
    auto pressure = std::make_unique<KernelPressure>((*runtime)->cgroups(), options.state_directory,
                                                     loop.clock, loop.executor);
    auto limiter = std::make_unique<CgroupLimiter>(
        (*runtime)->cgroups(), loop.executor,
        [&started = **runtime](const core::RunKey& key) { return started.init_of(key); });
    auto read = [&cgroups = (*runtime)->cgroups()](const core::RunKey& key) {
        return read_processes(cgroups, key);
    };
    return make_host_machine({*std::move(runtime), *std::move(hooks), std::move(meter), std::move(read),
                              std::move(pressure), std::move(mounts), std::move(limiter), std::move(networks),
                              std::make_unique<InotifyLogWatcher>(loop.reactor), std::move(facts)},
                             *std::move(storage), loop);
}

}  // namespace potd::platform
