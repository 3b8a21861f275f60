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

struct Capabilities {
    std::optional<std::string> cgroup_mode;  ///< v1, v2, hybrid, none; null where there are none
    std::vector<std::string> controllers, drivers, networks, bases;
    friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

struct Info {
    std::string name, version, api, instance, started_at;
    Platform platform;
    Capabilities capabilities;
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
    friend bool operator==(const Problem&, const Problem&) = default;
};

}  // namespace potd::wire
