#include "daemon/platform/posix/tree_shelf.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::string unfinished(const std::string& name) {
    return ".new-" + name;
}

}  // namespace

core::Result<TreeShelf> TreeShelf::open(const std::string& path, std::shared_ptr<TreeTrash> trash) {
    auto made = make_directory(AT_FDCWD, path, S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in(path);
    auto directory = open_directory(path);
    if (!directory) return std::move(directory).error();
    return TreeShelf(path, std::move(directory).value(), std::move(trash));
}

core::Result<UniqueFd> TreeShelf::begin(const std::string& name) {
    const std::string temporary = unfinished(name);
    auto made = make_directory(directory_.get(), temporary, S_IRWXU);
    if (!made && made.error().os_error == EEXIST) {
        // Left by a crash; whoever builds now holds the only right to the name.
        if (auto moved = trash_->take(directory_.get(), temporary); !moved) return std::move(moved).error();
        made = make_directory(directory_.get(), temporary, S_IRWXU);
    }
    if (!made) return std::move(made).error().in(path_);
    auto tree = open_child_directory(directory_.get(), temporary);
    if (!tree) return std::move(tree).error().in(path_);
    return tree;
}

core::Status TreeShelf::commit(const std::string& name) {
    if (::renameat(directory_.get(), unfinished(name).c_str(), directory_.get(), name.c_str()) == 0)
        return {};
    return core::os_error(errno, path(name));
}

core::Status TreeShelf::discard(const std::string& name) {
    auto whole = trash_->take(directory_.get(), name);
    auto part = trash_->take(directory_.get(), unfinished(name));
    return whole ? part : whole;
}

core::Status TreeShelf::sweep(const std::function<bool(const std::string& name)>& keeps) {
    auto all = names();
    if (!all) return std::move(all).error();
    core::Status first;
    for (const std::string& name : all.value()) {
        if (keeps(name)) continue;
        auto taken = trash_->take(directory_.get(), name);
        if (!taken && first) first = std::move(taken).in(name);
    }
    return first;
}

bool TreeShelf::has(const std::string& name) const {
    return stat_entry(directory_.get(), name).ok();
}

core::Result<UniqueFd> TreeShelf::find(const std::string& name) const {
    UniqueFd tree(::openat(directory_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!tree) return core::os_error(errno, path(name));
    return tree;
}

core::Result<std::vector<std::string>> TreeShelf::names() const {
    return names_in(directory_.get()).in(path_);
}

}  // namespace potd::platform
