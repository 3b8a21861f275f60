#include "daemon/platform/posix/pot_trees.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::string unfinished(const core::PotId& id) {
    return ".new-" + id.text;
}

/// Ids come from core, which makes them; this only keeps a broken one from naming another place.
core::Status check(const core::PotId& id) {
    const bool good = !id.text.empty() && std::all_of(id.text.begin(), id.text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    });
    return good ? core::Status{} : core::error(core::ErrorKind::Internal, "'" + id.text + "' is no pot id");
}

}  // namespace

core::Result<PotTrees> PotTrees::open(core::Executor& executor, const std::string& state_dir,
                                      TreeTrash::Problem problem) {
    auto trash = TreeTrash::open(executor, state_dir + "/trash", std::move(problem));
    if (!trash) return std::move(trash).error();
    const std::string path = state_dir + "/pots";
    auto made = make_directory(AT_FDCWD, path, S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in(path);
    auto directory = open_directory(path);
    if (!directory) return std::move(directory).error();
    return PotTrees(path, std::move(directory).value(), std::move(trash).value());
}

core::Result<UniqueFd> PotTrees::begin(const core::PotId& id) {
    if (auto checked = check(id); !checked) return std::move(checked).error();
    if (::faccessat(directory_.get(), id.text.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return core::error(core::ErrorKind::Conflict, "the files of pot " + id.text + " exist already");
    }
    const std::string name = unfinished(id);
    auto made = make_directory(directory_.get(), name, S_IRWXU);
    if (!made && made.error().os_error == EEXIST) {
        // Left by a crash; whoever builds now holds the only right to the name.
        if (auto moved = trash_->take(directory_.get(), name); !moved) return std::move(moved).error();
        made = make_directory(directory_.get(), name, S_IRWXU);
    }
    if (!made) return std::move(made).error().in(path_);
    auto pot = open_child_directory(directory_.get(), name);
    if (!pot) return std::move(pot).error().in(path_);
    if (auto log = make_directory(pot->get(), "log", S_IRWXU); !log) return std::move(log).error().in(path_);
    return pot;
}

core::Status PotTrees::commit(const core::PotId& id) {
    if (::renameat(directory_.get(), unfinished(id).c_str(), directory_.get(), id.text.c_str()) == 0)
        return {};
    return core::os_error(errno, path_ + "/" + id.text);
}

core::Status PotTrees::discard(const core::PotId& id) {
    if (auto checked = check(id); !checked) return checked;
    auto whole = trash_->take(directory_.get(), id.text);
    auto part = trash_->take(directory_.get(), unfinished(id));
    return whole ? part : whole;
}

core::Status PotTrees::sweep(const std::vector<core::PotId>& known) {
    const std::set<core::PotId> ids(known.begin(), known.end());
    auto names = names_in(directory_.get());
    if (!names) return std::move(names).error().in(path_);
    core::Status first;
    for (const std::string& name : names.value()) {
        if (ids.contains(core::PotId{name})) continue;
        auto taken = trash_->take(directory_.get(), name);
        if (!taken && first) first = std::move(taken).in(name);
    }
    auto emptied = trash_->sweep();
    return first ? emptied : first;
}

core::Result<UniqueFd> PotTrees::find(const core::PotId& id) const {
    if (auto checked = check(id); !checked) return std::move(checked).error();
    UniqueFd pot(
        ::openat(directory_.get(), id.text.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!pot) return core::os_error(errno, "files of pot " + id.text);
    return pot;
}

std::string PotTrees::path(const core::PotId& id, const std::string& part) const {
    return path_ + "/" + id.text + "/" + part;
}

}  // namespace potd::platform
