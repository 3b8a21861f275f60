#include "daemon/platform/posix/tree_doubling.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <sys/types.h>

namespace potd::platform {
namespace {

constexpr mode_t fresh_tree_mode = 0755;

core::Status fill(int from, int parent, const std::string& name, TreeWork& work) {
    auto to = open_child_directory(parent, name);
    if (!to) return std::move(to).error();
    TreeCopyOptions options;
    options.stop = &work.stop;
    options.copied = [&work](std::int64_t bytes) { work.copied = bytes; };
    return copy_tree(from, to->get(), options);
}

core::Status copy(int from, int parent, const std::string& name, bool /*read_only*/, TreeWork& work) {
    if (auto made = make_directory(parent, name, fresh_tree_mode); !made) return made;
    return fill(from, parent, name, work);
}

core::Status double_or_copy(int from, int parent, const std::string& name, bool unchanging, TreeWork& work) {
    auto doubled = double_subvolume(from, parent, name, unchanging);
    if (doubled || doubled.error().kind != core::ErrorKind::Unsupported) return doubled;
    if (auto made = make_tree(parent, name, fresh_tree_mode); !made) return made;
    return fill(from, parent, name, work);
}

}  // namespace

TreeDoubling copied_trees() {
    core::StorageAbilities abilities;
    abilities.shifted_snapshots = true;
    return {"dir", abilities, copy};
}

TreeDoubling subvolume_trees() {
    core::StorageAbilities abilities;
    abilities.shares = true;
    abilities.live_snapshots = true;
    abilities.shifted_snapshots = true;
    abilities.quotas = true;
    return {"btrfs", abilities, double_or_copy};
}

}  // namespace potd::platform
