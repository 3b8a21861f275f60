#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"

#include <set>
#include <string>

namespace potd::platform {

/// Where bases are volumes of their own instead of directories (zfs), each mounted on its directory in
/// <state>/bases. The functions block and may be called on any thread but the loop's, except at start-up.
class BaseVolumes {
  public:
    virtual ~BaseVolumes() = default;
    /// Mounts an empty volume on the directory `temporary`.
    [[nodiscard]] virtual core::Status make(const std::string& temporary) = 0;
    /// Gives it its name: from then on it is mounted on the directory `name`, read-only. `temporary` is an
    /// empty directory again. Nothing in it may be open.
    [[nodiscard]] virtual core::Status keep(const std::string& temporary, const std::string& name) = 0;
    /// Removes a volume, finished or not; idempotent. The directory it was mounted on may stay, empty.
    [[nodiscard]] virtual core::Status discard(const std::string& name) = 0;
    /// At start-up: mounts these and discards all others.
    [[nodiscard]] virtual core::Status sweep(const std::set<std::string>& known) = 0;
    /// Runs its work after what was discarded of pots before is gone.
    [[nodiscard]] virtual core::Executor& order() = 0;
};

}  // namespace potd::platform
