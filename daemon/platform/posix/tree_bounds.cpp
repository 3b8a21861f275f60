#include "daemon/platform/posix/tree_bounds.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_quota.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace potd::platform {
namespace {

void on_the_pool(core::Executor& executor, std::function<core::Status()> work, core::Reply<void> reply) {
    auto outcome = std::make_shared<core::Status>();
    executor.blocking([work = std::move(work), outcome] { *outcome = work(); },
                      [outcome, reply = std::move(reply)] { reply(std::move(*outcome)); });
}

}  // namespace

void prepare_bounds(core::Executor& executor, int fd, core::Reply<void> reply) {
    on_the_pool(
        executor, [fd] { return prepare_tree_limits(fd); }, std::move(reply));
}

void bound_tree(core::Executor& executor, core::Result<UniqueFd> tree, std::int64_t bytes,
                core::Reply<void> reply) {
    auto shared = std::make_shared<core::Result<UniqueFd>>(std::move(tree));
    auto work = [shared, bytes] {
        return *shared ? limit_tree((*shared)->get(), bytes) : core::Status(shared->error());
    };
    on_the_pool(executor, work, std::move(reply));
}

core::Status bound_as(int parent, const std::string& name, int model) {
    const auto tree = open_child_directory(parent, name);
    if (!tree) return tree.error();
    const auto bytes = model < 0 ? core::Result<std::int64_t>(0) : tree_limit(model);
    // What is no subvolume has no bound, and is not what it was doubled into either.
    if (!bytes && bytes.error().kind != core::ErrorKind::Unsupported) return bytes.error();
    return limit_tree(tree->get(), bytes ? *bytes : 0);
}

core::Status settle_bound(const core::Result<UniqueFd>& tree, std::int64_t bytes) {
    if (!tree)
        return tree.error().kind == core::ErrorKind::NotFound ? core::Status() : core::Status(tree.error());
    auto settled = restore_tree_limit(tree->get(), bytes);
    const bool other = !settled && settled.error().kind == core::ErrorKind::Unsupported;
    return other && bytes == 0 ? core::Status() : settled;
}

}  // namespace potd::platform
