#pragma once

#include <cstdint>
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
    friend bool operator==(const Fscomp&, const Fscomp&) = default;
};

struct FscompList {
    std::vector<Fscomp> items;
    std::optional<std::string> next;
    friend bool operator==(const FscompList&, const FscompList&) = default;
};

struct FscompRequest {
    std::string name;
    friend bool operator==(const FscompRequest&, const FscompRequest&) = default;
};

}  // namespace potd::wire
