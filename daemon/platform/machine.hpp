#pragma once

#include "core/base/result.hpp"
#include "core/port/datasets.hpp"
#include "core/port/exec.hpp"
#include "core/port/file_system.hpp"
#include "core/port/hook_runner.hpp"
#include "core/port/limiter.hpp"
#include "core/port/live_mounts.hpp"
#include "core/port/logs.hpp"
#include "core/port/meter.hpp"
#include "core/port/networks.hpp"
#include "core/port/pot_files.hpp"
#include "core/port/pressure_gauge.hpp"
#include "core/port/prober.hpp"
#include "core/port/process_lister.hpp"
#include "core/port/runtime.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

/// What the adapters need to know of this potd.
struct MachineOptions {
    std::string instance;            ///< part of the name of everything made in the kernel
    std::string state_directory;     ///< exists, absolute
    std::string run_directory;       ///< exists, absolute
    std::string monitor_program;     ///< path of potmon
    std::string driver;              ///< file-system driver: "auto" or one by name
    std::string zfs_root;            ///< dataset for the driver zfs; empty: the state directory's
    std::string zfs_program;         ///< of zfs(8): a path or a name; empty: "zfs"
    std::string base_mirror;         ///< for releases; empty = the machine's own choice
    std::int64_t base_max_size = 0;  ///< bytes of a tarball or directory, 0 = no limit
    std::uint32_t first_user_namespace_id = 1'000'000;  ///< to try with, what it can shift
    bool set_forwarding = false;                        ///< the host's, for bridges
    std::uint64_t default_pids = 0;  ///< processes of a pot that sets no limit; 0 = the adapter's choice
    std::function<void(const std::string& message)> problem;  ///< for the log
};

/// Every port to this operating system, made together because they share descriptors and directories.
/// Which one is built is CMake's choice (linux/machine.cpp, freebsd/machine.cpp). Loop thread.
class Machine {
  public:
    virtual ~Machine() = default;
    [[nodiscard]] virtual core::Runtime& runtime() = 0;
    [[nodiscard]] virtual core::HookRunner& hooks() = 0;
    [[nodiscard]] virtual core::Prober& prober() = 0;
    [[nodiscard]] virtual core::ExecHost& exec() = 0;
    [[nodiscard]] virtual core::Meter& meter() = 0;
    [[nodiscard]] virtual core::ProcessLister& processes() = 0;
    [[nodiscard]] virtual core::PressureGauge& pressure() = 0;
    [[nodiscard]] virtual core::FileSystem& files() = 0;
    [[nodiscard]] virtual core::BaseStore& bases() = 0;
    [[nodiscard]] virtual core::VolumeStore& volumes() = 0;
    [[nodiscard]] virtual core::Datasets& datasets() = 0;
    [[nodiscard]] virtual core::PotFiles& copies() = 0;
    [[nodiscard]] virtual core::LiveMounts& mounts() = 0;
    [[nodiscard]] virtual core::Limiter& limiter() = 0;
    [[nodiscard]] virtual core::Networks& networks() = 0;
    [[nodiscard]] virtual core::LogReader& logs() = 0;
    [[nodiscard]] virtual const core::HostFacts& facts() const = 0;
    /// Ends copies, and soon what runs on the pool; for shutdown.
    virtual void stop() = 0;
};

/// Prepares the machine: control groups, the monitor's program, the file-system driver. The error says
/// what is missing. Leaves nothing that the next start does not find again.
[[nodiscard]] core::Result<std::unique_ptr<Machine>> make_machine(const MachineOptions& options, Loop loop);

}  // namespace potd::platform
