#pragma once

#include "core/base/time.hpp"
#include "core/model/name_spec.hpp"
#include "core/model/network_spec.hpp"
#include "core/model/published_port.hpp"
#include "core/model/snapshot_schedule.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

// What a user asks a pot to be. Plain values; core/model/validate.hpp says what is legal.
// Fields of the contract that have no member here are refused by name where requests are read.

enum class PotType { Multi, Single };
enum class SeccompMode { Default, Unconfined };

struct EnvVar {
    std::string name;
    std::string value;
    friend bool operator==(const EnvVar&, const EnvVar&) = default;
};

/// A host directory, a volume, a dataset of ZFS or a fresh tmpfs shown inside the pot.
struct MountSpec {
    enum class Kind { Directory, Tmpfs, Volume, Dataset };
    Kind kind = Kind::Directory;
    /// Directory: an absolute host path. Volume, Dataset: its name; its directory once it is resolved for a
    /// launch (VolumeService::resolved). Else empty.
    std::string source;
    std::string target;  ///< absolute path inside the pot, not "/"
    bool read_only = false;
    std::int64_t size = 0;  ///< Tmpfs: bytes, 0 = the kernel's default
    friend bool operator==(const MountSpec&, const MountSpec&) = default;
};

/// Bounds on what a pot reads and writes of one block device; 0 = none.
struct IoLimit {
    std::string device;                          ///< "/dev/vda" or its numbers, "254:0"
    std::int64_t read_bps = 0, write_bps = 0;    ///< bytes a second
    std::int64_t read_iops = 0, write_iops = 0;  ///< operations a second
    friend bool operator==(const IoLimit&, const IoLimit&) = default;
};

/// Limits that are left out, and told of, where the machine cannot enforce them, instead of being refused.
struct BestEffort {
    bool all = false;
    std::vector<std::string> fields;  ///< else these: names below `limits`, like "io_weight"
    friend bool operator==(const BestEffort&, const BestEffort&) = default;
};

/// 0 or empty means: no limit set.
struct Limits {
    std::int64_t memory = 0;           ///< bytes, hard
    std::int64_t memory_soft = 0;      ///< bytes, reclaim target
    std::optional<std::int64_t> swap;  ///< bytes beyond memory; unset = kernel default
    double cpus = 0;                   ///< quota in CPUs, 1.5 = one and a half
    std::int64_t cpu_weight = 0;       ///< 1..10000, 100 is the kernel's default
    std::string cpuset;                ///< "0,2-3"
    std::int64_t pids = 0;
    std::int64_t disk = 0;  ///< bytes that the root may show, those of its base included
    /// Bytes a second that a pot on bridges receives and sends, by all its interfaces together.
    std::int64_t network_rx = 0, network_tx = 0;
    std::int64_t cpu_count = 0;  ///< on so many CPUs, which potd chooses; not with `cpuset`
    std::int64_t io_weight = 0;  ///< 1..10000, 100 is the kernel's default
    std::vector<IoLimit> io{};
    std::map<std::string, std::int64_t> hugepages{};  ///< size of a page ("2M") -> bytes of such pages
    std::int64_t files = 0;                           ///< open files: of a process, on FreeBSD of the pot
    std::map<std::string, std::int64_t> rctl{};       ///< rctl(4)'s resources -> amounts; FreeBSD
    BestEffort best_effort{};
    friend bool operator==(const Limits&, const Limits&) = default;
};

enum class HookStage { Prestart, Poststart, Prestop, Poststop };

/// A program of the host that potd runs at one point of every run of the pot.
struct HookSpec {
    std::vector<std::string>
        command;                   ///< argv; the program is an absolute path on the host; empty with `script`
    std::string script;            ///< a text that begins with "#!", kept with the spec and run instead
    std::string user;              ///< of the host: "name", "uid", "name:group"; empty = root
    milliseconds timeout{30'000};  ///< then everything the hook started is killed
    bool abort_on_failure = false;  ///< prestart and poststart only: the start has then failed
    friend bool operator==(const HookSpec&, const HookSpec&) = default;
};

/// Run one after the other, in this order.
struct HooksSpec {
    std::vector<HookSpec> prestart;   ///< before anything of the run is made
    std::vector<HookSpec> poststart;  ///< the command runs; whoever started the pot still waits
    std::vector<HookSpec> prestop;    ///< before the stop signal; not if the command has ended by itself
    std::vector<HookSpec> poststop;   ///< nothing of the run is left; however it ended
    friend bool operator==(const HooksSpec&, const HooksSpec&) = default;

    [[nodiscard]] const std::vector<HookSpec>& of(HookStage stage) const;
};

enum class RestartPolicy { No, OnFailure, Always, UnlessStopped };

/// What follows when a run ends although nobody asked for it.
struct RestartSpec {
    RestartPolicy policy = RestartPolicy::No;
    std::int64_t max_retries = 0;      ///< OnFailure: restarts in a row before potd gives up; 0 = no bound
    milliseconds initial{100};         ///< the first wait; doubles with every further one …
    milliseconds max{30'000};          ///< … up to this
    milliseconds reset_after{10'000};  ///< a run that lasted so long makes the next wait the first again
    friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

enum class OnUnhealthy { None, Restart, Stop };

/// How potd finds out whether a pot that runs also works.
struct HealthSpec {
    enum class Kind {
        None,
        Exec,  ///< a command inside: exit code 0 is healthy
        Tcp,   ///< something listens
        Http,  ///< GET answers with a status from 200 to 399
    };
    Kind kind = Kind::None;
    std::vector<std::string> command;  ///< Exec
    int port = 0;                      ///< Tcp, Http: on the pot's own loopback address
    std::string path = "/";            ///< Http
    milliseconds interval{10'000};     ///< from the end of one check to the beginning of the next
    milliseconds timeout{2'000};       ///< then the check has failed
    int retries = 3;                   ///< failures in a row that make it unhealthy
    milliseconds start_period{5'000};  ///< failures so soon after the start do not count
    OnUnhealthy on_unhealthy = OnUnhealthy::None;
    friend bool operator==(const HealthSpec&, const HealthSpec&) = default;
};

struct StopSpec {
    int signal = 15;  ///< number on this platform
    milliseconds timeout{10'000};
    /// argv, run inside as the pot's user instead of the signal; the signal follows if it fails.
    std::vector<std::string> command{};
    friend bool operator==(const StopSpec&, const StopSpec&) = default;
};

struct BootSpec {
    bool start = false;
    bool early = false;
    friend bool operator==(const BootSpec&, const BootSpec&) = default;
};

enum class OomPolicy { Kill, Restart, Stop, Notify };
[[nodiscard]] std::string_view to_string(OomPolicy policy) noexcept;
[[nodiscard]] std::optional<OomPolicy> oom_policy_from(std::string_view text) noexcept;

/// What happens when memory runs out: the pot's own, below its limit, and the machine's.
struct OomSpec {
    /// The kernel has killed a process of the pot. Kill: the rest of it goes, and its restart policy decides;
    /// Restart, Stop: it is restarted or stopped in its own way; Notify: it goes on without that process.
    OomPolicy policy = OomPolicy::Kill;
    int priority = 0;           ///< lower ones give way first when the machine is short; -1000 to 1000
    bool is_protected = false;  ///< it never gives way
    friend bool operator==(const OomSpec&, const OomSpec&) = default;
};

struct SecuritySpec {
    std::vector<std::string> add_capabilities;   ///< "NET_ADMIN", without CAP_, upper case
    std::vector<std::string> drop_capabilities;  ///< same; "ALL" drops the whole default set
    SeccompMode seccomp = SeccompMode::Default;
    bool no_new_privileges = true;
    bool read_only_root = false;
    bool user_namespace = false;
    friend bool operator==(const SecuritySpec&, const SecuritySpec&) = default;
};

struct LogSpec {
    std::int64_t max_size = 16 << 20;  ///< bytes of one log file before it is rotated
    std::int64_t max_files = 4;        ///< rotated files kept beside the current one
    friend bool operator==(const LogSpec&, const LogSpec&) = default;
};

struct PotSpec {
    std::string name;
    std::string base;
    PotType type = PotType::Multi;
    int level = 1;
    std::vector<std::string> command;  ///< argv; empty = the pot stays up without one
    std::vector<EnvVar> env;
    std::string user;  ///< "name", "uid", "name:group", "uid:gid"; empty = root
    std::string workdir = "/";
    std::string hostname;            ///< empty = the pot's name
    std::optional<bool> persistent;  ///< unset: true without a command, else false
    bool terminal = false;           ///< the command gets a console terminal instead of two pipes
    bool open_stdin = false;         ///< the command's standard input stays open for `attach`
    NetworkSpec network;
    std::vector<MountSpec> mounts;
    Limits limits;
    std::map<std::string, std::int64_t> rlimits;  ///< "nofile", "nproc", "core" …: soft = hard
    StopSpec stop;
    HooksSpec hooks;
    OomSpec oom;
    RestartSpec restart;
    HealthSpec health;
    std::vector<std::string> depends_on;  ///< names of pots that must be up before this one starts
    BootSpec boot;
    bool prunable = false;
    bool remove_on_exit = false;  ///< `run --rm`: destroyed by potd once a run has ended
    std::map<std::string, std::string> labels;
    SecuritySpec security;
    /// pot's attribute names ("procfs", "sysvshm") and "jail.NAME" for a jail parameter, with their values
    /// as text; which there are is the platform's to say.
    std::map<std::string, std::string> attributes;
    LogSpec log;
    SnapshotSchedule snapshots;
    std::vector<PublishedPort> ports{};
    DnsSpec dns{};
    std::vector<HostEntry> hosts{};

    friend bool operator==(const PotSpec&, const PotSpec&) = default;

    [[nodiscard]] bool is_persistent() const { return persistent.value_or(command.empty()); }
};

}  // namespace potd::core
