#pragma once

/// Finding places inside a pot's root so that no link planted there leads out of it: links are read and
/// resolved within the root.
namespace potd::monitor {

/// Opens the directory `path` (a C string that may begin with '/') below the directory `root`; what is
/// missing is made, 0755. A descriptor (close-on-exec) or minus errno.
[[nodiscard]] int make_directory_in(int root, const char* path);

}  // namespace potd::monitor
