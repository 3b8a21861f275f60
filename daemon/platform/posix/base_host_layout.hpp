#pragma once

#include <span>

#include <sys/types.h>

namespace potd::platform {

// What the base `host` is made of; which of it there is depends on the system. Paths are relative to a root.

struct HostFolder {
    const char* path;
    mode_t mode;
};
struct HostLink {
    const char* path;
    const char* target;
};
/// A file or tree that is copied into the folder of the same path, as far as the machine has it.
struct HostFile {
    const char* folder;
    const char* name;
};

struct HostLayout {
    std::span<const HostFolder> folders;  ///< made empty, parents first
    std::span<const HostLink> links;
    std::span<const HostFile> files;
    /// Directories that pots see whole and read-only; what is a symlink on the machine becomes one. After
    /// their parents among the folders.
    std::span<const char* const> system_names;
};

/// That of this system.
[[nodiscard]] const HostLayout& host_layout();

}  // namespace potd::platform
