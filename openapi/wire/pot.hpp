#pragma once

#include "openapi/wire/pot_spec.hpp"
#include "openapi/wire/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

// Times are RFC 3339 in UTC with milliseconds.

/// One execution of one hook; the members from ended_at on are null while it runs.
struct HookRun {
    std::string stage;        ///< prestart, poststart, prestop, poststop
    std::uint32_t index = 0;  ///< in the spec's list of that stage
    std::uint32_t attempt = 1;
    std::string started_at;
    std::optional<std::string> ended_at;
    std::optional<std::int32_t> exit_code, signal;
    std::optional<std::string> problem;  ///< null: it succeeded
    std::optional<std::string> output;
    std::optional<bool> truncated;
    friend bool operator==(const HookRun&, const HookRun&) = default;
};

struct Run {
    std::uint32_t number = 0;
    std::string cause, stage;
    std::string requested_at;
    std::optional<std::string> started_at, ended_at;
    std::optional<std::int32_t> exit_code, signal;
    std::optional<bool> oom, lost;  ///< null while it lives
    std::optional<std::string> reason;
    std::optional<std::int64_t> peak_memory;  ///< bytes
    std::int64_t oom_kills = 0;
    std::optional<std::string> oom_victim;
    std::optional<std::int32_t> pid;  ///< host pid of the main process while it lives
    std::vector<HookRun> hooks;
    friend bool operator==(const Run&, const Run&) = default;
};

struct HealthCheck {
    std::string started_at, ended_at;
    bool healthy = false;
    std::string output;
    friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

struct HealthReport {
    std::string health;
    std::vector<HealthCheck> checks;  ///< the oldest first
    friend bool operator==(const HealthReport&, const HealthReport&) = default;
};

struct RunList {
    std::vector<Run> items;
    std::optional<std::string> next;
    friend bool operator==(const RunList&, const RunList&) = default;
};

/// An address of a pot's own.
struct PotAddress {
    std::string interface;  ///< in the pot; of the type alias the host's
    std::optional<std::string> bridge;
    std::optional<std::string> address;  ///< null: one of IPv6 by SLAAC that is not there yet
    friend bool operator==(const PotAddress&, const PotAddress&) = default;
};

/// Ports of the host that lead to a pot; `host` also where it was chosen.
struct PotPort {
    std::string protocol;
    std::int32_t container = 0, host = 0, count = 1;
    std::optional<std::string> address;  ///< of the host; null: all it has
    friend bool operator==(const PotPort&, const PotPort&) = default;
};

/// A limit of the spec that does not hold, as a best effort.
struct UnenforcedLimit {
    std::string field, reason;
    friend bool operator==(const UnenforcedLimit&, const UnenforcedLimit&) = default;
};

struct Pot {
    std::string id, name, state, desired, health, created_at, changed_at;
    std::optional<std::string> frozen_by;  ///< the rule of pressure that had it paused
    std::uint64_t version = 0;             ///< the ETag
    std::string driver;
    std::uint32_t base_revision = 1;
    std::optional<std::uint32_t> first_host_id;  ///< null without a user namespace
    std::optional<Origin> origin;                ///< null unless it counts as a clone
    std::optional<std::string> last_error;
    bool unfinished = false;  ///< flavours are still being applied to it
    std::uint32_t restarts = 0;
    std::optional<std::string> next_start_at;
    std::vector<PotAddress> addresses;  ///< IPv4 before IPv6
    std::vector<PotPort> ports;
    std::optional<std::string> cpus;  ///< where a run with limits.cpu_count is
    std::vector<UnenforcedLimit> not_enforced;
    PotSpec spec;
    std::optional<std::vector<std::string>> secrets_changed;  ///< in answers to dry_run alone
    std::optional<Run> run;
    friend bool operator==(const Pot&, const Pot&) = default;
};

struct PotList {
    std::vector<Pot> items;
    std::optional<std::string> next;
    friend bool operator==(const PotList&, const PotList&) = default;
};

// Bodies of POST /v1/pots/{name}/…

struct StopRequest {
    std::optional<std::string> timeout;
    Loose signal;
    friend bool operator==(const StopRequest&, const StopRequest&) = default;
};

struct KillRequest {
    Loose signal;                        ///< absent = KILL
    std::optional<std::string> target;   ///< main, all
    std::optional<std::int64_t> pid;     ///< this process alone, by its pid on the host
    std::optional<std::string> pattern;  ///< those whose names match
    friend bool operator==(const KillRequest&, const KillRequest&) = default;
};

struct RenameRequest {
    std::string name;
    friend bool operator==(const RenameRequest&, const RenameRequest&) = default;
};

/// Where a request needs no body it may be an empty object.
struct EmptyRequest {
    friend bool operator==(const EmptyRequest&, const EmptyRequest&) = default;
};

struct ShutdownRequest {
    std::optional<bool> stop_pots;
    friend bool operator==(const ShutdownRequest&, const ShutdownRequest&) = default;
};

struct ShutdownResult {
    std::vector<std::string> stopped;  ///< pots, in the order they ended
    friend bool operator==(const ShutdownResult&, const ShutdownResult&) = default;
};

}  // namespace potd::wire
