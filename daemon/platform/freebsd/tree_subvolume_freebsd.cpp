#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

namespace potd::platform {

bool has_subvolumes(int /*fd*/) {
    return false;
}

bool is_subvolume(int /*fd*/) {
    return false;
}

core::Status make_tree(int parent, const std::string& name, mode_t mode) {
    return make_directory(parent, name, mode);
}

core::Status double_subvolume(int /*from*/, int /*parent*/, const std::string& /*name*/, bool /*read_only*/) {
    return core::error(core::ErrorKind::Unsupported, "this system's file systems have no subvolumes");
}

core::Result<bool> remove_subvolume(int /*parent*/, const std::string& /*name*/, int /*tree*/) {
    return false;
}

}  // namespace potd::platform
