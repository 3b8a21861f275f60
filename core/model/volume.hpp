#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <string>

namespace potd::core {

/// A named directory tree of potd's own that pots mount: what pot calls an fscomp. It lives on when they go.
struct Volume {
    std::string name;
    WallTime created_at;
    friend bool operator==(const Volume&, const Volume&) = default;
};

/// One mount of a volume in the spec of a pot.
struct VolumeUse {
    std::string pot;     ///< name
    std::string target;  ///< inside the pot
    bool read_only = false;
    friend bool operator==(const VolumeUse&, const VolumeUse&) = default;
};

}  // namespace potd::core
