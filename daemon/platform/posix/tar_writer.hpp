#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace potd::platform {

/// One member of a tar archive as it is written.
struct TarMember {
    std::string path;  ///< of a directory: with a '/' at the end
    std::string link;  ///< where a symlink points; the first name of a hard link
    bool is_hard_link = false;
    struct stat like {};  ///< type, mode, owner, size (of a file with content), time
    std::vector<std::pair<std::string, std::string>> attributes;
};

inline constexpr std::size_t tar_block = 512;

/// The blocks that introduce a member: ustar (POSIX.1-1988), with an extended header (pax, POSIX.1-2001)
/// before it for what that has no room for. The content follows, filled up to a whole block.
[[nodiscard]] std::string tar_header(const TarMember& member);

/// So many zeros are missing behind a content of this size.
[[nodiscard]] constexpr std::size_t tar_padding(std::uint64_t size) {
    return static_cast<std::size_t>((tar_block - size % tar_block) % tar_block);
}

/// What ends an archive.
[[nodiscard]] inline std::string tar_end() {
    return std::string(2 * tar_block, '\0');
}

}  // namespace potd::platform
