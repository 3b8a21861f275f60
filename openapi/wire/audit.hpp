#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

/// One request that was recorded.
struct AuditEntry {
    std::uint64_t number = 0;
    std::string time;
    std::string actor;
    std::optional<std::string> role;
    std::string peer, method, route, path;
    std::optional<std::string> pot, pot_id;
    std::string request_id, outcome;
    std::optional<std::int64_t> status;
    std::optional<std::string> ended_at, operation, created;
    std::vector<std::string> fields;
    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

struct AuditList {
    std::vector<AuditEntry> items;
    std::optional<std::string> next;
    friend bool operator==(const AuditList&, const AuditList&) = default;
};

}  // namespace potd::wire
