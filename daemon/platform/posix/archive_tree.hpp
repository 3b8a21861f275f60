#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/archive_entry.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <map>
#include <string>

namespace potd::platform {

/// The tree an archive is unpacked into. No step of it follows a symlink out of the root, whatever the
/// entries before have planted. Any thread, one at a time.
class ArchiveTree {
  public:
    explicit ArchiveTree(int root) : root_(root) {}

    /// Makes everything but a file's content. A file (also a hard link that brings content) comes
    /// back open for writing, everything else as no descriptor.
    [[nodiscard]] core::Result<UniqueFd> add(const ArchiveEntry& entry);
    /// After a file's content is written.
    [[nodiscard]] static core::Status close_file(const ArchiveEntry& entry, int file);
    /// At the end: modes and times of directories, which would have been in the way before.
    [[nodiscard]] core::Status finish();

  private:
    [[nodiscard]] core::Result<UniqueFd> parent_of(const std::string& path) const;
    [[nodiscard]] core::Result<UniqueFd> make(int parent, const std::string& name, const ArchiveEntry& entry);
    [[nodiscard]] core::Result<UniqueFd> link(int parent, const std::string& name, const ArchiveEntry& entry);
    [[nodiscard]] core::Status finish_directory(const ArchiveEntry& entry) const;

    int root_;
    std::map<std::string, ArchiveEntry> directories_;
};

}  // namespace potd::platform
