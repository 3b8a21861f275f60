#include "daemon/platform/machine.hpp"

#include "daemon/platform/freebsd/host_probe.hpp"
#include "daemon/platform/freebsd/jail_runtime.hpp"
#include "daemon/platform/freebsd/log_watcher_kqueue.hpp"
#include "daemon/platform/freebsd/racct_meter.hpp"
#include "daemon/platform/freebsd/reaper_hook_groups.hpp"
#include "daemon/platform/posix/base_store.hpp"
#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/host_hook_runner.hpp"
#include "daemon/platform/posix/log_reader.hpp"
#include "daemon/platform/posix/loopback_prober.hpp"
#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/monitor_exec_host.hpp"
#include "daemon/platform/posix/no_live_mounts.hpp"
#include "daemon/platform/posix/pot_file_copier.hpp"
#include "daemon/platform/posix/volume_store.hpp"

#include <utility>

namespace potd::platform {
namespace {

Loop loop_of(LoopPorts ports) {
    return {ports.reactor, ports.executor, ports.timers, ports.clock};
}

class FreebsdMachine final : public Machine {
  public:
    struct Parts {
        std::unique_ptr<JailRuntime> runtime;
        std::unique_ptr<HookGroups> hook_groups;
        std::unique_ptr<core::FileSystem> files;
        std::unique_ptr<TreeBaseStore> bases;
        std::unique_ptr<TreeVolumeStore> volumes;
        core::HostFacts facts;
    };

    FreebsdMachine(Parts parts, const std::string& instance, LoopPorts loop)
        : runtime_(std::move(parts.runtime)),
          hook_groups_(std::move(parts.hook_groups)),
          hooks_(loop, *hook_groups_),
          prober_(loop, connect_in),
          exec_(*runtime_, loop_of(loop)),
          meter_(instance),
          files_(std::move(parts.files)),
          bases_(std::move(parts.bases)),
          volumes_(std::move(parts.volumes)),
          copies_(loop.reactor, loop.executor),
          mounts_(loop.executor),
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
    std::unique_ptr<JailRuntime> runtime_;
    std::unique_ptr<HookGroups> hook_groups_;
    HostHookRunner hooks_;
    LoopbackProber prober_;
    MonitorExecHost exec_;
    RacctMeter meter_;
    std::unique_ptr<core::FileSystem> files_;
    std::unique_ptr<TreeBaseStore> bases_;
    std::unique_ptr<TreeVolumeStore> volumes_;
    PotFileCopier copies_;
    NoLiveMounts mounts_;
    KqueueLogWatcher watcher_;
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

core::Result<std::unique_ptr<HookGroups>> make_hook_groups(const MachineOptions& options, LoopPorts loop) {
    auto groups = std::make_unique<ReaperHookGroups>(options.instance, options.run_directory, loop_of(loop));
    if (auto ready = groups->prepare(); !ready) return std::move(ready).error();
    return std::unique_ptr<HookGroups>(std::move(groups));
}

core::Result<std::unique_ptr<JailRuntime>> make_runtime(const MachineOptions& options, LoopPorts loop) {
    JailRuntimeOptions runtime;
    runtime.instance = options.instance;
    runtime.run_directory = options.run_directory;
    runtime.state_directory = options.state_directory;
    runtime.monitor_program = options.monitor_program;
    return JailRuntime::create(std::move(runtime), loop_of(loop));
}

}  // namespace

core::Result<std::unique_ptr<Machine>> make_machine(const MachineOptions& options, LoopPorts loop) {
    auto files = make_files(options, loop);
    if (!files) return std::move(files).error().in("file systems");
    auto bases = make_bases(options, files->volumes, loop);
    if (!bases) return std::move(bases).error().in("bases");
    auto volumes = TreeVolumeStore::open(loop.executor, options.state_directory, options.problem);
    if (!volumes) return std::move(volumes).error().in("fscomps");
    auto runtime = make_runtime(options, loop);
    if (!runtime) return std::move(runtime).error().in("runtime");
    auto hooks = make_hook_groups(options, loop);
    if (!hooks) return std::move(hooks).error().in("hooks");
    core::HostFacts facts = read_host_facts();
    facts.drivers = {std::string(files->files->name())};
    facts.driver_reason = files->reason;
    facts.storage = files->files->abilities();
    return std::unique_ptr<Machine>(std::make_unique<FreebsdMachine>(
        FreebsdMachine::Parts{*std::move(runtime), *std::move(hooks), std::move(files->files),
                              *std::move(bases), *std::move(volumes), std::move(facts)},
        options.instance, loop));
}

}  // namespace potd::platform
