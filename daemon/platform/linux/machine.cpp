#include "daemon/platform/machine.hpp"

#include "daemon/platform/linux/cgroup_hook_groups.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/cgroup_meter.hpp"
#include "daemon/platform/linux/host_probe.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"
#include "daemon/platform/linux/log_watcher_inotify.hpp"
#include "daemon/platform/linux/namespace_mounts.hpp"
#include "daemon/platform/posix/base_store.hpp"
#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/host_hook_runner.hpp"
#include "daemon/platform/posix/log_reader.hpp"
#include "daemon/platform/posix/loopback_prober.hpp"
#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/monitor_exec_host.hpp"
#include "daemon/platform/posix/pot_file_copier.hpp"
#include "daemon/platform/posix/volume_store.hpp"

#include <utility>

namespace potd::platform {
namespace {

class LinuxMachine final : public Machine {
  public:
    struct Parts {
        std::unique_ptr<LinuxRuntime> runtime;
        std::unique_ptr<HookGroups> hook_groups;
        std::unique_ptr<core::FileSystem> files;
        std::unique_ptr<TreeBaseStore> bases;
        std::unique_ptr<TreeVolumeStore> volumes;
        core::HostFacts facts;
    };

    LinuxMachine(Parts parts, LoopPorts loop)
        : runtime_(std::move(parts.runtime)),
          hook_groups_(std::move(parts.hook_groups)),
          hooks_(loop, *hook_groups_),
          prober_(loop, connect_in),
          exec_(*runtime_, Loop{loop.reactor, loop.executor, loop.timers, loop.clock}),
          meter_(runtime_->cgroups()),
          files_(std::move(parts.files)),
          bases_(std::move(parts.bases)),
          volumes_(std::move(parts.volumes)),
          copies_(loop.reactor, loop.executor),
          mounts_(*runtime_, loop.executor),
          watcher_(loop.reactor),
          logs_(loop.executor, watcher_),
          facts_(std::move(parts.facts)) {}

    core::Runtime& runtime() override { return *runtime_; }
    core::HookRunner& hooks() override { return hooks_; }
    core::Prober& prober() override { return prober_; }
    core::ExecHost& exec() override { return exec_; }
    core::Meter& meter() override { return meter_; }
    core::FileSystem& files() override { return *files_; }
    core::BaseStore& bases() override { return *bases_; }
    core::VolumeStore& volumes() override { return *volumes_; }
    core::PotFiles& copies() override { return copies_; }
    core::LiveMounts& mounts() override { return mounts_; }
    core::LogReader& logs() override { return logs_; }
    const core::HostFacts& facts() const override { return facts_; }
    void stop() override {
        bases_->stop();
        copies_.stop();
    }

  private:
    std::unique_ptr<LinuxRuntime> runtime_;
    std::unique_ptr<HookGroups> hook_groups_;
    HostHookRunner hooks_;
    LoopbackProber prober_;
    MonitorExecHost exec_;
    CgroupMeter meter_;
    std::unique_ptr<core::FileSystem> files_;
    std::unique_ptr<TreeBaseStore> bases_;
    std::unique_ptr<TreeVolumeStore> volumes_;
    PotFileCopier copies_;
    NamespaceMounts mounts_;
    InotifyLogWatcher watcher_;
    FileLogReader logs_;
    core::HostFacts facts_;
};

core::Result<ChosenFileSystem> make_files(const MachineOptions& options, LoopPorts loop) {
    const core::Result<FileSystemDriver> driver = driver_of(options.driver);
    if (!driver) return driver.error();
    return choose_file_system(loop.executor, {options.state_directory, *driver, options.problem,
                                              options.instance, options.zfs_root, options.zfs_program});
}

core::Result<std::unique_ptr<TreeBaseStore>> make_bases(const MachineOptions& options,
                                                        std::shared_ptr<BaseVolumes> volumes,
                                                        LoopPorts loop) {
    BaseOptions bases;
    bases.volumes = std::move(volumes);
    bases.state_dir = options.state_directory;
    bases.mirror = options.base_mirror;
    if (options.base_max_size > 0) bases.max_bytes = options.base_max_size;
    bases.problem = options.problem;
    return TreeBaseStore::open(loop.executor, std::move(bases));
}

std::shared_ptr<const IdShift> try_id_shift(const MachineOptions& options, const core::FileSystem& files) {
    return std::make_shared<const IdShift>(IdShift::probe(
        {options.state_directory, files.name() == "overlay", options.first_user_namespace_id}));
}

core::Result<std::unique_ptr<LinuxRuntime>> make_runtime(const MachineOptions& options, LoopPorts loop,
                                                         std::shared_ptr<const IdShift> shift) {
    RuntimeOptions runtime;
    runtime.instance = options.instance;
    runtime.run_directory = options.run_directory;
    runtime.monitor_program = options.monitor_program;
    runtime.plan.shift = std::move(shift);
    return LinuxRuntime::create(std::move(runtime), {loop.reactor, loop.executor, loop.timers, loop.clock});
}

/// After the runtime: on a delegated v2 base it has moved potd out of the way.
core::Result<std::unique_ptr<HookGroups>> make_hook_groups(const LinuxRuntime& runtime,
                                                           const std::string& instance, LoopPorts loop) {
    auto groups =
        std::make_unique<CgroupHookGroups>(runtime.cgroups().layout(), instance, runtime.monitor_program(),
                                           Loop{loop.reactor, loop.executor, loop.timers, loop.clock});
    if (auto ready = groups->prepare(); !ready) return std::move(ready).error();
    return std::unique_ptr<HookGroups>(std::move(groups));
}

core::Result<core::HostFacts> make_facts(const ChosenFileSystem& chosen, const IdShift& shift) {
    const core::Result<CgroupLayout> cgroups = discover_cgroups({});
    if (!cgroups) return cgroups.error();
    core::HostFacts facts = read_host_facts(*cgroups);
    facts.drivers = {std::string(chosen.files->name())};
    facts.driver_reason = chosen.reason;
    facts.storage = chosen.files->abilities();
    if (const core::Status& usable = shift.usable(); !usable) {
        facts.degraded.push_back("security.user_namespace is refused: " + usable.error().message + ".");
    }
    return facts;
}

}  // namespace

core::Result<std::unique_ptr<Machine>> make_machine(const MachineOptions& options, LoopPorts loop) {
    auto files = make_files(options, loop);
    if (!files) return std::move(files).error().in("file systems");
    auto bases = make_bases(options, files->volumes, loop);
    if (!bases) return std::move(bases).error().in("bases");
    auto volumes = TreeVolumeStore::open(loop.executor, options.state_directory, options.problem);
    if (!volumes) return std::move(volumes).error().in("fscomps");
    const auto shift = try_id_shift(options, *files->files);
    auto runtime = make_runtime(options, loop, shift);
    if (!runtime) return std::move(runtime).error().in("runtime");
    auto hooks = make_hook_groups(**runtime, options.instance, loop);
    if (!hooks) return std::move(hooks).error().in("hooks");
    auto facts = make_facts(*files, *shift);
    if (!facts) return std::move(facts).error().in("control groups");
    return std::unique_ptr<Machine>(std::make_unique<LinuxMachine>(
        LinuxMachine::Parts{*std::move(runtime), *std::move(hooks), std::move(files->files),
                            *std::move(bases), *std::move(volumes), *std::move(facts)},
        loop));
}

}  // namespace potd::platform
