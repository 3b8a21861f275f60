#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"

#include <cstdint>

namespace potd::core {

/// Mounts of runs that are under way. Loop thread; the work itself runs on the pool. Directories and resolved
/// volumes only (LaunchRequest).
class LiveMounts {
  public:
    virtual ~LiveMounts() = default;
    /// Unsupported, with the reason, where a system cannot do it.
    [[nodiscard]] virtual Status check() const = 0;
    /// Shows it in the run as a launch would have. `first_host_id` as in LaunchRequest.
    virtual void mount(const RunKey& key, const MountSpec& mount, std::uint32_t first_host_id,
                       Reply<void> reply) = 0;
    /// Takes it off again. NotFound if what is on its target is something else, Conflict while processes of
    /// the run use it.
    virtual void unmount(const RunKey& key, const MountSpec& mount, Reply<void> reply) = 0;
};

}  // namespace potd::core
