#pragma once

#include "openapi/wire/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

// PotSpec of potd.yaml. Raw members belong to the contract but not yet to this version: potd takes
// only their default there and refuses anything else as "unsupported".

/// `interface` and `addresses` of the type alias; the others of those with bridges.
struct InterfaceSpec {
    std::optional<std::string> interface;
    std::optional<std::vector<std::string>> addresses;
    std::optional<std::string> bridge;
    std::optional<std::string> ipv4, ipv6;  ///< auto, none or an address
    std::optional<std::string> mac;
    friend bool operator==(const InterfaceSpec&, const InterfaceSpec&) = default;
};

/// An interface of the host that is moved into the pot.
struct DeviceSpec {
    std::string interface;
    std::optional<std::string> name;
    std::vector<std::string> addresses, gateways;
    friend bool operator==(const DeviceSpec&, const DeviceSpec&) = default;
};

struct NetworkSpec {
    std::optional<std::string> type;  ///< inherit, none, alias, public-bridge, private-bridge
    std::vector<InterfaceSpec> interfaces;
    std::optional<std::string> stack;                    ///< ipv4, ipv6, dual
    std::optional<std::string> bridge, ipv4, ipv6, mac;  ///< of the first interface, as in InterfaceSpec
    std::vector<DeviceSpec> devices;
    friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
};

struct DnsSpec {
    std::optional<std::string> mode;  ///< inherit, pot, custom, off
    std::vector<std::string> servers, search, options;
    friend bool operator==(const DnsSpec&, const DnsSpec&) = default;
};

struct HostEntry {
    std::string name, address;
    friend bool operator==(const HostEntry&, const HostEntry&) = default;
};

/// Ports of the host that lead to the pot.
struct PortSpec {
    std::string text;                     ///< read from pot's form, a string; the rest is unset then
    std::optional<std::string> protocol;  ///< tcp, udp, sctp
    std::optional<std::int32_t> container, host, count;
    std::optional<std::string> address;
    friend bool operator==(const PortSpec&, const PortSpec&) = default;
};

/// One of dir, tmpfs, fscomp, dataset says what is mounted.
struct MountSpec {
    std::optional<std::string> dir;
    std::optional<bool> tmpfs;
    std::optional<std::string> fscomp, dataset;
    std::string target;
    std::optional<std::string> mode;  ///< rw, ro
    Loose size;
    friend bool operator==(const MountSpec&, const MountSpec&) = default;
};

struct IoLimitSpec {
    std::string device;
    Loose read_bps, write_bps;
    std::optional<std::int64_t> read_iops, write_iops;
    friend bool operator==(const IoLimitSpec&, const IoLimitSpec&) = default;
};

struct LimitsSpec {
    std::optional<std::string> cpuset;
    std::optional<std::int64_t> cpu_count;
    std::optional<double> cpus;
    std::optional<std::int64_t> cpu_weight;
    Loose memory, memory_soft, swap, disk;
    std::optional<std::int64_t> pids;
    std::map<std::string, Loose> hugepages;
    std::optional<std::int64_t> files;
    std::optional<std::int64_t> io_weight;
    std::vector<IoLimitSpec> io;
    Loose network_rx{}, network_tx{};
    std::map<std::string, Loose> rctl;
    AllOrSome best_effort;
    friend bool operator==(const LimitsSpec&, const LimitsSpec&) = default;
};

struct StopSpec {
    std::vector<std::string> command;
    Loose signal;
    std::optional<std::string> timeout;
    friend bool operator==(const StopSpec&, const StopSpec&) = default;
};

struct HookSpec {
    std::vector<std::string> command;
    std::optional<std::string> script, user, timeout;
    std::optional<std::string> on_failure;  ///< abort, ignore
    friend bool operator==(const HookSpec&, const HookSpec&) = default;
};

struct HooksSpec {
    std::vector<HookSpec> prestart, poststart, prestop, poststop;
    friend bool operator==(const HooksSpec&, const HooksSpec&) = default;
};

struct BackoffSpec {
    std::optional<std::string> initial, max, reset_after;
    friend bool operator==(const BackoffSpec&, const BackoffSpec&) = default;
};

struct RestartSpec {
    std::optional<std::string> policy;  ///< no, on-failure, always, unless-stopped
    std::optional<std::int64_t> max_retries;
    BackoffSpec backoff;
    friend bool operator==(const RestartSpec&, const RestartSpec&) = default;
};

struct ExecCheckSpec {
    std::vector<std::string> command;
    friend bool operator==(const ExecCheckSpec&, const ExecCheckSpec&) = default;
};

struct TcpCheckSpec {
    std::int32_t port = 0;
    friend bool operator==(const TcpCheckSpec&, const TcpCheckSpec&) = default;
};

struct HttpCheckSpec {
    std::int32_t port = 0;
    std::optional<std::string> path;
    friend bool operator==(const HttpCheckSpec&, const HttpCheckSpec&) = default;
};

/// One of exec, tcp and http says how.
struct HealthSpec {
    std::optional<ExecCheckSpec> exec;
    std::optional<TcpCheckSpec> tcp;
    std::optional<HttpCheckSpec> http;
    std::optional<std::string> interval, timeout, start_period;
    std::optional<std::int32_t> retries;
    std::optional<std::string> on_unhealthy;  ///< none, restart, stop
    friend bool operator==(const HealthSpec&, const HealthSpec&) = default;
};

struct BootSpec {
    std::optional<bool> start, early;
    friend bool operator==(const BootSpec&, const BootSpec&) = default;
};

struct OomSpec {
    std::optional<std::string> policy;  ///< kill, restart, stop, notify
    std::optional<std::int64_t> priority;
    std::optional<bool> is_protected;
    friend bool operator==(const OomSpec&, const OomSpec&) = default;
};

struct CapabilitiesSpec {
    std::vector<std::string> add, drop;
    friend bool operator==(const CapabilitiesSpec&, const CapabilitiesSpec&) = default;
};

struct SecuritySpec {
    CapabilitiesSpec capabilities;
    std::optional<std::string> seccomp;  ///< default, unconfined
    std::optional<bool> no_new_privileges, read_only_root;
    Loose user_namespace;  ///< off, on
    friend bool operator==(const SecuritySpec&, const SecuritySpec&) = default;
};

struct LogSpec {
    Loose max_size;
    std::optional<std::int64_t> max_files;
    friend bool operator==(const LogSpec&, const LogSpec&) = default;
};

struct SnapshotsSpec {
    std::string every;
    std::optional<std::int64_t> keep;
    std::optional<std::string> keep_for;
    friend bool operator==(const SnapshotsSpec&, const SnapshotsSpec&) = default;
};

struct PotSpec {
    std::string name;
    std::optional<std::string> base;
    Raw image;
    std::optional<std::string> parent;  ///< of a new pot alone, as the next two
    std::vector<std::string> flavours;
    std::optional<bool> keep_on_failure;
    std::optional<std::string> type;  ///< multi, single
    std::optional<std::int64_t> level;
    std::vector<std::string> command;
    Pairs env;
    SecretEnv env_secret;  ///< no part of what is stored as the spec
    std::optional<std::string> user, workdir, hostname;
    std::optional<bool> persistent, terminal, open_stdin;
    NetworkSpec network;
    std::vector<PortSpec> ports;
    DnsSpec dns;
    std::vector<HostEntry> hosts;
    std::vector<MountSpec> mounts;
    LimitsSpec limits;
    std::map<std::string, Loose> rlimits;
    OomSpec oom;
    std::optional<HealthSpec> health;
    RestartSpec restart;
    HooksSpec hooks;
    std::vector<std::string> depends_on;
    StopSpec stop;
    BootSpec boot;
    std::optional<bool> prunable, remove_on_exit;
    std::map<std::string, Loose>
        attributes;  ///< answers have those of jails; others are folded into the fields above
    std::map<std::string, std::string> labels;
    SecuritySpec security;
    LogSpec log;
    std::optional<SnapshotsSpec> snapshots;
    friend bool operator==(const PotSpec&, const PotSpec&) = default;
};

}  // namespace potd::wire
