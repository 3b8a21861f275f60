#pragma once

#include <span>

#include <sys/types.h>

namespace potd::platform {

/// A directory that every base has, relative to its root.
struct BasePlace {
    const char* path;
    mode_t mode;
};

/// Those on which something is mounted when a pot starts, or that its programs take for granted. Per system.
[[nodiscard]] std::span<const BasePlace> base_places();

}  // namespace potd::platform
