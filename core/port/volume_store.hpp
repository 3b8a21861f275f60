#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The trees of volumes. Loop thread; what writes to the disk runs on the pool. Names are legal ones
/// (check_name); the caller sees to it that a volume has one call under way at a time, and that one which is
/// mounted stays.
class VolumeStore {
  public:
    virtual ~VolumeStore() = default;
    /// Makes an empty one. Replies once it survives power loss; after a failure or a crash nothing is left
    /// that `sweep` does not remove. Conflict if there is one of that name.
    virtual void create(const std::string& name, Reply<void> reply) = 0;
    /// The directory that pots show; absolute.
    [[nodiscard]] virtual std::string path(std::string_view name) const = 0;
    /// Bytes on disk. Proportional to the size, on the pool. NotFound if it is gone.
    virtual void measure(const std::string& name, Reply<std::int64_t> reply) = 0;
    /// Moves it aside in one rename; deletion goes on in the background, also after a crash. Idempotent.
    [[nodiscard]] virtual Status discard(const std::string& name) = 0;
    /// At start-up: discards all that are not among `known`, and what is half made.
    [[nodiscard]] virtual Status sweep(const std::vector<std::string>& known) = 0;
};

}  // namespace potd::core
