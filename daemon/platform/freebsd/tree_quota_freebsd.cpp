#include "daemon/platform/posix/tree_quota.hpp"

namespace potd::platform {
namespace {

core::Error no_tree_limits() {
    return core::error(core::ErrorKind::Unsupported, "no file system of this machine bounds trees");
}

}  // namespace

core::Status prepare_tree_limits(int) {
    return no_tree_limits();
}

core::Result<std::int64_t> tree_limit(int) {
    return no_tree_limits();
}

core::Status limit_tree(int, std::int64_t) {
    return no_tree_limits();
}

core::Status restore_tree_limit(int, std::int64_t) {
    return no_tree_limits();
}

void note_tree_count(int, int) {}

bool is_tree_count_note(const std::string&) {
    return false;
}

core::Status remove_noted_tree_counts(int) {
    return {};
}

}  // namespace potd::platform
