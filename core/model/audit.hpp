#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// How a request that is recorded ended.
enum class AuditOutcome : std::uint8_t {
    Unknown,     ///< it has not yet, or potd ended before that was stored
    Done,        ///< answered with success, or that it is accepted
    Failed,      ///< answered with an error
    Denied,      ///< whoever asked may not
    Unanswered,  ///< the client was gone by then; what it asked for may have been done
};
[[nodiscard]] std::string_view to_string(AuditOutcome outcome) noexcept;
[[nodiscard]] std::optional<AuditOutcome> audit_outcome_from(std::string_view text) noexcept;

/// Who asks for what. Never the body, the query or a header of the request.
struct AuditEntry {
    std::uint64_t number = 0;  ///< given by AuditLog
    WallTime time;
    std::string actor;  ///< "uid 1000", "token ci", "certificate ci.example"
    std::string role;   ///< empty: none
    std::string peer;   ///< from where: "unix pid 4711 uid 1000 gid 1000", "tcp 192.0.2.1"
    std::string method;
    std::string route;  ///< the pattern of the path
    std::string path;   ///< as sent, cut where it is longer than is kept
    std::string pot;    ///< the name; empty: the path names none
    std::string pot_id;
    std::string request;  ///< its id
    friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

struct AuditEnd {
    std::uint64_t number = 0;  ///< of the entry
    WallTime time;
    AuditOutcome outcome = AuditOutcome::Unknown;
    int status = 0;                   ///< 0: nobody was answered
    std::string operation;            ///< that the request was; empty: none
    std::string created;              ///< the path of what it made
    std::vector<std::string> fields;  ///< names of what it changed
    friend bool operator==(const AuditEnd&, const AuditEnd&) = default;
};

struct AuditRecord {
    AuditEntry entry;
    AuditEnd end;  ///< Unknown: none is stored
    friend bool operator==(const AuditRecord&, const AuditRecord&) = default;
};

}  // namespace potd::core
