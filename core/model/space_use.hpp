#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace potd::core {

/// Of the file system that the state directory lies on; bytes.
struct DiskRoom {
    std::int64_t total = 0;
    std::int64_t free = 0;  ///< for root
};

/// What takes how much of the disk; bytes. Where the driver shares files between roots, each is counted with
/// what is its own alone as far as the driver can tell that (FileSystem::measure).
struct SpaceUse {
    struct OfBase {
        std::string name;
        std::int64_t bytes = 0;
        std::vector<std::string> pots;  ///< that are made of it
    };
    struct OfPot {
        std::string name;
        std::int64_t root = 0;
        std::int64_t log = 0;
        std::int64_t limit = 0;  ///< of its root; 0: none
    };
    struct OfSnapshot {
        std::string pot;
        std::string name;
        std::int64_t bytes = 0;
    };
    struct OfVolume {
        std::string name;
        std::int64_t bytes = 0;
        std::int64_t snapshots = 0;     ///< all of them together
        std::vector<std::string> pots;  ///< that mount it
        std::int64_t limit = 0;         ///< 0: none
    };
    DiskRoom room;
    std::vector<OfBase> bases;
    std::vector<OfPot> pots;
    std::vector<OfSnapshot> snapshots;
    std::vector<OfVolume> volumes;
};

}  // namespace potd::core
