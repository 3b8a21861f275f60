#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/limits.hpp"
#include "core/model/pot_spec.hpp"

#include <vector>

namespace potd::core {

/// The limits that the kernel holds for runs that are under way. Loop thread; the work itself runs on the
/// pool, one change after the other.
class Limiter {
  public:
    virtual ~Limiter() = default;

    /// What of `limits` this machine cannot enforce, best effort or not. Quick.
    [[nodiscard]] virtual std::vector<LeftOut> left_out(const Limits& limits) const = 0;

    /// The run has these limits from now on, in place of whatever it has: what is not set there is not
    /// limited any more. With cpu_count, cpuset says which CPUs these are; files may be files_as_they_are;
    /// disk and rates are not its business. All of it, or after an error nothing has changed (or the error
    /// says what has). Conflict, with field and use, for memory below what is in use; NotFound if the run is
    /// not there. Idempotent; what holds already is not touched.
    virtual void set(const RunKey& key, const Limits& limits, Reply<void> reply) = 0;
};

}  // namespace potd::core
