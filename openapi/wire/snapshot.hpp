#pragma once

#include "openapi/wire/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct Snapshot {
    std::string pot, name;
    std::uint32_t number = 0;
    std::string created_at;
    std::optional<std::int64_t> size;  ///< bytes on disk; null where it was not counted
    std::map<std::string, std::string> labels;
    bool scheduled = false;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

struct SnapshotList {
    std::vector<Snapshot> items;
    std::optional<std::string> next;
    friend bool operator==(const SnapshotList&, const SnapshotList&) = default;
};

/// What a clone was made of.
struct Origin {
    std::string pot, pot_id, snapshot;
    std::uint32_t number = 0;
    friend bool operator==(const Origin&, const Origin&) = default;
};

// Bodies of requests

struct SnapshotRequest {
    std::optional<std::string> name;
    std::optional<bool> replace_oldest;
    std::map<std::string, std::string> labels;
    friend bool operator==(const SnapshotRequest&, const SnapshotRequest&) = default;
};

struct RollbackRequest {
    std::optional<std::string> snapshot;  ///< name or number; absent = the newest
    std::optional<bool> destroy_newer;
    friend bool operator==(const RollbackRequest&, const RollbackRequest&) = default;
};

struct CloneRequest {
    std::string name;
    std::optional<std::string> snapshot;  ///< name or number; absent = the newest
    std::optional<bool> take_snapshot;
    Raw changes;  ///< a merge patch of the source's spec
    std::vector<std::string> flavours;
    std::optional<bool> keep_on_failure;
    friend bool operator==(const CloneRequest&, const CloneRequest&) = default;
};

}  // namespace potd::wire
