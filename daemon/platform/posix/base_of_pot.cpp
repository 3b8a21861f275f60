#include "daemon/platform/posix/base_of_pot.hpp"

#include "daemon/platform/posix/base_progress.hpp"
#include "daemon/platform/posix/copy_root.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <thread>
#include <utility>

namespace potd::platform {
namespace {

core::Status copy_seen_root(const BaseBuild& build, int tree) {
    core::PotPlace place;
    place.root = build.request.tree->root;
    place.path = "/";
    const auto root = CopyRoot::open(place);
    if (!root) return root.error();
    auto total = tree_size(root->fd());
    if (!total) return std::move(total).error();
    TreeCopyOptions options;
    options.max_bytes = build.options.max_bytes;
    options.stop = &build.stop->flag();
    options.copied = in_hundredths(build.progress, total.value(), "copies " + build.request.origin);
    return copy_tree(root->fd(), tree, options);
}

}  // namespace

core::Result<bool> double_from_pot(const core::LentTree& from, int parent, const std::string& name,
                                   UniqueFd& tree) {
    if (from.root.kind != core::RootFs::Kind::Directory || !has_subvolumes(parent)) return false;
    auto source = open_directory(from.root.path);
    if (!source) return std::move(source).error();
    auto emptied = remove_subvolume(parent, name, tree.get());
    if (!emptied || !emptied.value()) return emptied;
    tree.reset();
    auto doubled = double_subvolume(source->get(), parent, name, false);
    const bool is_other = !doubled && doubled.error().kind == core::ErrorKind::Unsupported;
    constexpr mode_t fresh_mode = 0755;
    if (is_other) doubled = make_tree(parent, name, fresh_mode);
    if (!doubled) return std::move(doubled).error();
    auto opened = open_child_directory(parent, name);
    if (!opened) return std::move(opened).error();
    tree = std::move(opened).value();
    return !is_other;
}

core::Status copy_from_pot(const BaseBuild& build, int tree) {
    core::Status done;
    // What it mounts is seen by this thread alone, and goes with it.
    std::thread([&] { done = copy_seen_root(build, tree); }).join();
    return std::move(done).in(build.request.origin);
}

}  // namespace potd::platform
