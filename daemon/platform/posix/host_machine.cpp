#include "daemon/platform/posix/host_machine.hpp"

#include "daemon/platform/posix/host_hook_runner.hpp"
#include "daemon/platform/posix/log_reader.hpp"
#include "daemon/platform/posix/loopback_prober.hpp"
#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/monitor_exec_host.hpp"
#include "daemon/platform/posix/mounted_datasets.hpp"
#include "daemon/platform/posix/pot_file_copier.hpp"
#include "daemon/platform/posix/synced_file_system.hpp"
#include "daemon/platform/posix/volume_store.hpp"

#include <string>
#include <utility>

namespace potd::platform {
namespace {

class HostMachine final : public Machine {
  public:
    HostMachine(SystemAdapters system, StorageAdapters storage, Loop loop)
        : system_(std::move(system)),
          storage_(std::move(storage)),
          hooks_(loop, *system_.hook_groups),
          prober_(loop, connect_in),
          exec_(*system_.runtime, loop),
          processes_(loop.executor, std::move(system_.processes)),
          copies_(loop.reactor, loop.executor),
          logs_(loop.executor, *system_.watcher) {
        system_.facts.drivers = {std::string(files().name())};
        system_.facts.driver_reason = storage_.chosen.reason;
        system_.facts.storage = files().abilities();
        add_other_limits();
    }

    core::Runtime& runtime() override { return *system_.runtime; }
    core::HookRunner& hooks() override { return hooks_; }
    core::Prober& prober() override { return prober_; }
    core::ExecHost& exec() override { return exec_; }
    core::Meter& meter() override { return *system_.meter; }
    core::ProcessLister& processes() override { return processes_; }
    core::PressureGauge& pressure() override { return *system_.pressure; }
    core::FileSystem& files() override { return *storage_.chosen.files; }
    core::BaseStore& bases() override { return *storage_.bases; }
    core::VolumeStore& volumes() override { return *storage_.volumes; }
    core::Datasets& datasets() override { return datasets_; }
    core::PotFiles& copies() override { return copies_; }
    core::LiveMounts& mounts() override { return *system_.mounts; }
    core::Limiter& limiter() override { return *system_.limiter; }
    core::Networks& networks() override { return *system_.networks; }
    core::LogReader& logs() override { return logs_; }
    const core::HostFacts& facts() const override { return system_.facts; }
    void stop() override {
        storage_.bases->stop();
        copies_.stop();
    }

  private:
    /// What the runtime does not hold.
    void add_other_limits() {
        core::HostFacts& facts = system_.facts;
        const std::string driver(files().name());
        facts.limits.push_back(
            {"disk", facts.storage.quotas ? "" : "the file system driver " + driver + " has no quotas"});
        core::Status able = networks().check();
        if (able) able = networks().check_rates();
        for (const char* name : {"network_rx", "network_tx"})
            facts.limits.push_back({name, able ? std::string() : able.error().message});
    }

    SystemAdapters system_;
    StorageAdapters storage_;
    HostHookRunner hooks_;
    LoopbackProber prober_;
    MonitorExecHost exec_;
    PooledProcessLister processes_;
    PotFileCopier copies_;
    MountedDatasets datasets_;
    FileLogReader logs_;
};

core::Result<ChosenFileSystem> make_files(const MachineOptions& options, Loop loop) {
    const core::Result<FileSystemDriver> driver = driver_of(options.driver);
    if (!driver) return driver.error();
    auto chosen =
        choose_file_system(loop.executor, {options.state_directory, *driver, options.problem,
                                           options.instance, options.zfs_root, options.zfs_program});
    if (chosen)
        chosen->files = std::make_unique<SyncedFileSystem>(loop.executor, options.state_directory,
                                                           std::move(chosen->files));
    return chosen;
}

core::Result<std::unique_ptr<TreeBaseStore>> make_bases(const MachineOptions& options,
                                                        std::shared_ptr<BaseVolumes> volumes, Loop loop) {
    BaseOptions bases;
    bases.volumes = std::move(volumes);
    bases.state_dir = options.state_directory;
    bases.mirror = options.base_mirror;
    if (options.base_max_size > 0) bases.max_bytes = options.base_max_size;
    bases.problem = options.problem;
    return TreeBaseStore::open(loop.executor, std::move(bases));
}

}  // namespace

core::Result<StorageAdapters> make_storage(const MachineOptions& options, Loop loop) {
    auto files = make_files(options, loop);
    if (!files) return std::move(files).error().in("file systems");
    auto bases = make_bases(options, files->volumes, loop);
    if (!bases) return std::move(bases).error().in("bases");
    std::unique_ptr<core::VolumeStore> volumes = std::move(files->fscomps);
    if (!volumes) {
        auto trees = TreeVolumeStore::open(loop.executor, options.state_directory, options.problem);
        if (!trees) return std::move(trees).error().in("fscomps");
        volumes = *std::move(trees);
    }
    return StorageAdapters{*std::move(files), *std::move(bases), std::move(volumes)};
}

std::unique_ptr<Machine> make_host_machine(SystemAdapters system, StorageAdapters storage, Loop loop) {
    return std::make_unique<HostMachine>(std::move(system), std::move(storage), loop);
}

}  // namespace potd::platform
