#include "daemon/platform/posix/root_swap.hpp"

#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>

#include <fcntl.h>
#include <stdio.h>

namespace potd::platform {
namespace {

constexpr const char* present_root = "root";
constexpr const char* next_root = "root.next";  ///< whole; a crash between the renames leaves it alone

core::Status rename_within(int folder, const char* from, const char* to) {
    if (::renameat(folder, from, folder, to) == 0) return {};
    return core::os_error(errno, to);
}

/// Why, with what could not be undone.
core::Status undone_by(TreeTrash& trash, int folder, const char* name, const core::Status& why) {
    auto undone = trash.take(folder, name);
    return undone ? why : undone;
}

}  // namespace

core::Status swap_root(int folder, TreeTrash& trash, core::Status made) {
    if (made) made = rename_within(folder, half_root, next_root);
    if (!made) return undone_by(trash, folder, half_root, made);
    if (auto moved = trash.take(folder, present_root); !moved)
        return undone_by(trash, folder, next_root, moved);
    return rename_within(folder, next_root, present_root);
}

core::Status settle_root(int folder, TreeTrash& trash) {
    const bool cut = stat_entry(folder, next_root).ok() && !stat_entry(folder, present_root).ok();
    if (cut) return rename_within(folder, next_root, present_root);
    auto whole = trash.take(folder, next_root);
    auto half = trash.take(folder, half_root);
    return whole ? half : whole;
}

}  // namespace potd::platform
