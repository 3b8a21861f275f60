#include "daemon/platform/posix/kept_room.hpp"

namespace potd::platform {

/// posix_fallocate(2) makes the file longer, and zfs has it not at all.
core::Status keep_room(const std::filesystem::path& /*file*/, std::int64_t /*bytes*/) {
    return core::error(core::ErrorKind::Unsupported, "FreeBSD keeps no room for a file");
}

}  // namespace potd::platform
