#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct BaseSpace {
    std::string name;
    std::int64_t bytes = 0;
    std::vector<std::string> pots;  ///< that are made of it
    friend bool operator==(const BaseSpace&, const BaseSpace&) = default;
};

struct PotSpace {
    std::string name;
    std::int64_t bytes = 0;             ///< of its root
    std::int64_t log_bytes = 0;         ///< of its log files
    std::optional<std::int64_t> limit;  ///< of its root; null: none
    friend bool operator==(const PotSpace&, const PotSpace&) = default;
};

struct SnapshotSpace {
    std::string pot;
    std::string name;
    std::int64_t bytes = 0;
    friend bool operator==(const SnapshotSpace&, const SnapshotSpace&) = default;
};

struct FscompSpace {
    std::string name;
    std::int64_t bytes = 0;
    std::int64_t snapshots = 0;         ///< bytes of all of them
    std::vector<std::string> pots;      ///< that mount it
    std::optional<std::int64_t> limit;  ///< its quota; null: none
    friend bool operator==(const FscompSpace&, const FscompSpace&) = default;
};

struct Space {
    std::string driver;
    std::int64_t total = 0;  ///< bytes of the file system that the state directory lies on
    std::int64_t free = 0;
    std::vector<BaseSpace> bases;
    std::vector<PotSpace> pots;
    std::vector<SnapshotSpace> snapshots;
    std::vector<FscompSpace> fscomps;
    friend bool operator==(const Space&, const Space&) = default;
};

}  // namespace potd::wire
