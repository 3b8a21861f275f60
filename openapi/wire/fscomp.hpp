#pragma once

#include "openapi/wire/pot_spec.hpp"
#include "openapi/wire/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

/// One mount of an fscomp in the spec of a pot.
struct FscompUse {
    std::string pot, target;
    std::string mode;  ///< rw, ro
    friend bool operator==(const FscompUse&, const FscompUse&) = default;
};

struct Fscomp {
    std::string name, created_at;
    std::vector<FscompUse> used_by;
    std::optional<std::int64_t> bytes;  ///< on disk; null where it was not counted
    std::optional<SnapshotsSpec> snapshots;
    std::optional<std::int64_t> quota;  ///< bytes that may be in it; null: no bound
    friend bool operator==(const Fscomp&, const Fscomp&) = default;
};

struct FscompList {
    std::vector<Fscomp> items;
    std::optional<std::string> next;
    friend bool operator==(const FscompList&, const FscompList&) = default;
};

struct FscompSnapshot {
    std::string fscomp, name;
    std::uint32_t number = 0;
    std::string created_at;
    std::optional<std::int64_t> size;  ///< bytes on disk; null where it was not counted
    std::map<std::string, std::string> labels;
    bool scheduled = false;
    friend bool operator==(const FscompSnapshot&, const FscompSnapshot&) = default;
};

struct FscompSnapshotList {
    std::vector<FscompSnapshot> items;
    std::optional<std::string> next;
    friend bool operator==(const FscompSnapshotList&, const FscompSnapshotList&) = default;
};

struct FscompCloneRequest {
    std::string name;
    std::optional<std::string> snapshot;  ///< name or number; absent = the newest
    std::optional<bool> take_snapshot;
    Loose quota;  ///< absent: as the source
    friend bool operator==(const FscompCloneRequest&, const FscompCloneRequest&) = default;
};

/// What can be changed of one.
struct FscompSettings {
    std::optional<SnapshotsSpec> snapshots;
    Loose quota;
    friend bool operator==(const FscompSettings&, const FscompSettings&) = default;
};

struct FscompRequest {
    std::string name;
    std::optional<SnapshotsSpec> snapshots;
    Loose quota;
    friend bool operator==(const FscompRequest&, const FscompRequest&) = default;
};

}  // namespace potd::wire
