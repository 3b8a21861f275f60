#pragma once

#include <cstdint>
#include <string_view>

/// Opening paths inside a pot's root so that nothing planted there (symbolic links, "..", magic
/// links of /proc) leads out of it. `root` is a descriptor of the root directory; paths may begin
/// with '/' and are C strings. Results are descriptors (close-on-exec) or minus errno.
namespace potd::monitor {

/// openat2 with RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, or walk_in_root on a kernel without it.
[[nodiscard]] int open_in_root(int root, const char* path, std::uint64_t flags, std::uint64_t mode = 0);

/// The same by hand: one component at a time with O_NOFOLLOW, links read and resolved inside the root.
/// Opens existing files only.
[[nodiscard]] int walk_in_root(int root, const char* path, std::uint64_t flags);

/// Opens `path` with O_PATH. What is missing is made: directories 0755, at the end a directory or an
/// empty file 0644. A dangling link on the way is an error.
[[nodiscard]] int make_in_root(int root, const char* path, bool directory);

}  // namespace potd::monitor
