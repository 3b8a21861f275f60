#pragma once

#include <cstdint>

namespace potd::wire {

/// What a copy into a pot has brought.
struct CopiedIn {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;  ///< of contents
    friend bool operator==(const CopiedIn&, const CopiedIn&) = default;
};

}  // namespace potd::wire
