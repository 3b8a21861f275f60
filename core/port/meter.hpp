#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/port/file_system.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

/// What went over interfaces since the run began, as the pot sees it: rx is what it received.
struct Traffic {
    std::int64_t rx_bytes = 0, tx_bytes = 0;
    std::int64_t rx_packets = 0, tx_packets = 0;
    std::int64_t rx_dropped = 0, tx_dropped = 0;  ///< packets, by the interface; not by a firewall or a limit
    friend bool operator==(const Traffic&, const Traffic&) = default;
};

struct InterfaceTraffic {
    std::string name;  ///< in the pot
    Traffic traffic;
    friend bool operator==(const InterfaceTraffic&, const InterfaceTraffic&) = default;
};

/// Of a pot with a network of its own.
struct NetworkFigures {
    Traffic total;  ///< of the interfaces; loopback is none
    std::vector<InterfaceTraffic> interfaces;
    /// That the host's firewall follows now, to the pot and from it. Unset: it follows none of this pot's, or
    /// more of all than are counted.
    std::optional<std::int64_t> connections;
    friend bool operator==(const NetworkFigures&, const NetworkFigures&) = default;
};

/// How long something of a run waited for one resource (PSI): `some` while at least one process waited,
/// `full` while all that could have run did. Percentages of the last 10 and 60 s, totals since the run began.
struct Stall {
    double some_10 = 0, some_60 = 0, full_10 = 0, full_60 = 0;
    std::int64_t some_us = 0, full_us = 0;
    friend bool operator==(const Stall&, const Stall&) = default;
};

/// Figures of one live run; what counts, counts from its begin. Unset = this machine does not count it.
struct RunFigures {
    std::optional<std::int64_t> cpu_usage_ns, cpu_user_ns, cpu_system_ns, cpu_throttled_ns;
    std::optional<std::int64_t> cpu_periods, cpu_throttled_periods;  ///< of its quota; 0 without one
    std::optional<std::int64_t> memory_current, memory_peak, memory_limit, swap_current;  // bytes
    /// Bytes: without the files' pages that were not used lately; what of it the kernel keeps for the run.
    std::optional<std::int64_t> memory_working_set, memory_kernel;
    std::optional<std::int64_t> page_faults, major_page_faults;  ///< major: had to be read from a disk
    std::optional<std::int64_t> pids_current, pids_limit;
    std::optional<std::int64_t> io_read_bytes, io_write_bytes, io_reads, io_writes;
    std::optional<Stall> cpu_stall, memory_stall, io_stall;
    std::optional<NetworkFigures> network;  ///< unset also for a pot on the host's network
    friend bool operator==(const RunFigures&, const RunFigures&) = default;
};

/// What matters of a live run when the machine is short.
struct RunLoad {
    std::int64_t working_set = 0;  ///< bytes of memory without the files' pages that were not used lately
    std::int64_t pids = 0;
    friend bool operator==(const RunLoad&, const RunLoad&) = default;
};

/// Reads the kernel's counters. Loop thread; quick (a handful of small reads).
class Meter {
  public:
    virtual ~Meter() = default;
    [[nodiscard]] virtual Result<RunFigures> figures(const RunKey& key) = 0;
    /// As figures(), at the least cost: without memory_peak, memory_limit, memory_kernel and pids_limit where
    /// each wants a read of its own.
    [[nodiscard]] virtual Result<RunFigures> moving_figures(const RunKey& key) = 0;
    /// Fewer reads than figures(). NotFound as there.
    [[nodiscard]] virtual Result<RunLoad> load(const RunKey& key) = 0;
};

/// Whether this machine can enforce one limit of a pot.
struct LimitAbility {
    std::string name;  ///< one of limit_names
    std::string lack;  ///< why not, a clause; empty: it can
    friend bool operator==(const LimitAbility&, const LimitAbility&) = default;
};

/// What this machine is and can do, for /v1/info. Read once at start-up.
struct HostFacts {
    std::string system, release, machine, hostname, boot_id;
    int cpus = 0;
    std::int64_t memory = 0;
    std::string cgroup_mode;  ///< "v1", "v2", "hybrid", "none"; empty on FreeBSD
    std::vector<std::string> controllers;
    std::vector<std::string> drivers;  ///< the file-system driver in use
    std::string driver_reason;         ///< why that one, a sentence
    StorageAbilities storage;
    std::vector<std::string> degraded;  ///< sentences: what is missing and what follows
    std::vector<int> cpu_numbers{};     ///< of its CPUs, in order
    std::vector<LimitAbility> limits{};
};

}  // namespace potd::core
