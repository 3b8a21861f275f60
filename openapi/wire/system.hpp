#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct Platform {
    std::string system, release, machine, hostname, boot_id;
    std::int32_t cpus = 0;
    std::int64_t memory = 0;  ///< bytes
    friend bool operator==(const Platform&, const Platform&) = default;
};

/// The file-system driver in use.
struct Storage {
    std::string driver, reason;
    bool shares = false, live_snapshots = false, quotas = false;
    friend bool operator==(const Storage&, const Storage&) = default;
};

struct Capabilities {
    std::optional<std::string> cgroup_mode;  ///< v1, v2, hybrid, none; null where there are none
    std::vector<std::string> controllers, drivers, networks, bases;
    Storage storage;
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct LimitAbility {
    std::string name;  ///< a member of limits
    bool enforced = false;
    std::optional<std::string> reason;  ///< why not
    friend bool operator==(const LimitAbility&, const LimitAbility&) = default;
};

struct Info {
    std::string name, version, api, instance, started_at;
    Platform platform;
    Capabilities capabilities;
    std::vector<LimitAbility> limits;
    std::vector<std::string> degraded;  ///< sentences: what is missing and what follows
    std::uint64_t pots = 0;
    friend bool operator==(const Info&, const Info&) = default;
};

/// Of /v1/health ("ok") and /v1/ready ("ready").
struct Health {
    std::string status;
    friend bool operator==(const Health&, const Health&) = default;
};

/// application/problem+json
struct Problem {
    std::string type = "about:blank";
    std::string title;
    std::int32_t status = 0;
    std::string detail, code;
    std::optional<std::string> field, pot, operation;  ///< not encoded when absent
    std::optional<std::uint64_t> first;                ///< of /v1/events: the first event that is kept
    std::optional<std::string> resume;                 ///< of /v1/events: behind what to go on
    friend bool operator==(const Problem&, const Problem&) = default;
};

}  // namespace potd::wire
