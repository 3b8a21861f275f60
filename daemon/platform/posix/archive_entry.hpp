#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/stat.h>

struct archive_entry;

namespace potd::platform {

/// One entry of an archive after its names were found harmless.
struct ArchiveEntry {
    std::string path;      ///< relative, no "", "." or ".." in it; empty: the root directory itself
    std::string hardlink;  ///< the same, of the other name; empty if it is none
    std::string symlink;   ///< as stored
    struct stat like {};   ///< type, mode, owner, times, size
    bool size_known = true;
    std::vector<std::pair<std::string, std::string>> attributes;  ///< those that are kept
};

/// Takes over an entry. Errors (InvalidArgument) name it.
[[nodiscard]] core::Result<ArchiveEntry> read_archive_entry(archive_entry* entry);

/// The harmless form of a path in an archive.
[[nodiscard]] core::Result<std::string> harmless_path(std::string_view path);

}  // namespace potd::platform
