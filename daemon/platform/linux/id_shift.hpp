#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

/// Whether this machine can show files with shifted owners (idmapped mounts, mount_setattr(2); Linux 5.12,
/// for the layers of an overlay 5.19; not on every file system), which a pot with a user namespace needs.
class IdShift {
  public:
    struct Options {
        std::string state_directory;  ///< where bases and pots are
        bool overlay = true;          ///< pots are overlays
        std::uint32_t first_id = 65'536;
    };

    /// Tries it for real, in a namespace of its own, below <state>/trash; leaves nothing there. A good
    /// outcome is kept for this boot in <state>/shift-works. Blocks; at start-up.
    [[nodiscard]] static IdShift probe(const Options& options);

    /// Unsupported, with what is missing, if no pot can have a user namespace here.
    [[nodiscard]] core::Status usable() const { return usable_; }

    /// Unsupported if what is at this host path cannot be shown shifted; ok if there is nothing. A few system
    /// calls.
    [[nodiscard]] core::Status check_tree(const std::string& path) const;

  private:
    core::Status usable_;
    UniqueFd namespace_;  ///< a user namespace to try with
};

/// A user namespace in which no process is, with the ids of a pot from `first_id` on. Any thread; makes a
/// process for a moment.
[[nodiscard]] core::Result<UniqueFd> make_user_namespace(std::uint32_t first_id);

/// The upper layer of a pot belongs to the pot's root, also on the disk.
[[nodiscard]] core::Status give_directory(const std::string& path, std::uint32_t id);

}  // namespace potd::platform
