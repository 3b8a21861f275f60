#pragma once

#include "core/base/result.hpp"
#include "core/model/snapshot.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/base_stop.hpp"

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
    /// The same with the files of a snapshot that was lent (FileSystem::lend), of which it is independent.
    /// `progress` may be empty; Cancelled soon after `stop` was raised.
    [[nodiscard]] virtual core::Status receive(const core::SnapshotKey& source, const std::string& temporary,
                                               const core::BaseStore::Progress& progress,
                                               const std::string& message, const StopSignal& stop) = 0;
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
