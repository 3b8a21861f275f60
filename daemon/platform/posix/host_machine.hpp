#pragma once

#include "daemon/platform/machine.hpp"
#include "daemon/platform/posix/base_store.hpp"
#include "daemon/platform/posix/choose_file_system.hpp"
#include "daemon/platform/posix/hook_groups.hpp"
#include "daemon/platform/posix/log_watcher.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"
#include "daemon/platform/posix/pooled_process_lister.hpp"

#include <memory>

namespace potd::platform {

/// What each system has its own adapters for. A later one may refer to an earlier one.
struct SystemAdapters {
    std::unique_ptr<MonitoredRuntime> runtime;
    std::unique_ptr<HookGroups> hook_groups;  ///< prepared
    std::unique_ptr<core::Meter> meter;
    ReadProcesses processes;
    std::unique_ptr<core::PressureGauge> pressure;
    std::unique_ptr<core::LiveMounts> mounts;
    std::unique_ptr<core::Limiter> limiter;
    std::unique_ptr<core::Networks> networks;
    std::unique_ptr<LogWatcher> watcher;
    core::HostFacts facts;  ///< but for what is told of storage
};

/// The state directory: its file-system driver, bases and fscomps.
struct StorageAdapters {
    ChosenFileSystem chosen;
    std::unique_ptr<TreeBaseStore> bases;
    std::unique_ptr<core::VolumeStore> volumes;
};

/// The error says which of them failed.
[[nodiscard]] core::Result<StorageAdapters> make_storage(const MachineOptions& options, Loop loop);

/// Every port, from these and from what both systems have in common.
[[nodiscard]] std::unique_ptr<Machine> make_host_machine(SystemAdapters system, StorageAdapters storage,
                                                         Loop loop);

}  // namespace potd::platform
