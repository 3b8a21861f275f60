#include "daemon/platform/posix/pot_trees.hpp"

#include "daemon/platform/posix/safe_path.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// Ids come from core, which makes them; this only keeps a broken one from naming another place.
core::Status check(const core::PotId& id) {
    const bool good = !id.text.empty() && std::all_of(id.text.begin(), id.text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    });
    return good ? core::Status{} : core::error(core::ErrorKind::Internal, "'" + id.text + "' is no pot id");
}

std::string name_of(const core::SnapshotKey& key) {
    return key.pot.text + "." + std::to_string(key.number);
}

}  // namespace

core::Result<PotTrees> PotTrees::open(core::Executor& executor, const std::string& state_dir,
                                      TreeTrash::Problem problem) {
    auto trash = TreeTrash::open(executor, state_dir + "/trash", std::move(problem));
    if (!trash) return std::move(trash).error();
    auto pots = TreeShelf::open(state_dir + "/pots", trash.value());
    if (!pots) return std::move(pots).error();
    auto snapshots = TreeShelf::open(state_dir + "/snapshots", trash.value());
    if (!snapshots) return std::move(snapshots).error();
    return PotTrees(std::move(pots).value(), std::move(snapshots).value());
}

core::Result<UniqueFd> PotTrees::begin(const core::PotId& id) {
    if (auto checked = check(id); !checked) return std::move(checked).error();
    if (pots_.has(id.text))
        return core::error(core::ErrorKind::Conflict, "the files of pot " + id.text + " exist already");
    auto pot = pots_.begin(id.text);
    if (!pot) return pot;
    if (auto log = make_directory(pot->get(), "log", S_IRWXU); !log)
        return std::move(log).error().in(path(id, "log"));
    return pot;
}

core::Status PotTrees::commit(const core::PotId& id) {
    return pots_.commit(id.text);
}

core::Status PotTrees::discard(const core::PotId& id) {
    if (auto checked = check(id); !checked) return checked;
    core::Status first = pots_.discard(id.text);
    for (auto next = kept_.lower_bound({id, 0}); next != kept_.end() && next->pot == id;) {
        auto gone = snapshots_.discard(name_of(*next));
        if (!gone && first) first = std::move(gone);
        next = kept_.erase(next);
    }
    return first;
}

core::Status PotTrees::sweep(const std::vector<core::PotId>& pots,
                             const std::vector<core::SnapshotKey>& snapshots) {
    const std::set<core::PotId> ids(pots.begin(), pots.end());
    std::set<std::string> names;
    for (const core::SnapshotKey& key : snapshots) names.insert(name_of(key));
    kept_ = {snapshots.begin(), snapshots.end()};
    auto first = pots_.sweep([&](const std::string& name) { return ids.contains(core::PotId{name}); });
    auto second = snapshots_.sweep([&](const std::string& name) { return names.contains(name); });
    auto emptied = trash().sweep();
    if (!first) return first;
    return second ? emptied : second;
}

core::Result<UniqueFd> PotTrees::find(const core::PotId& id) const {
    if (auto checked = check(id); !checked) return std::move(checked).error();
    auto pot = pots_.find(id.text);
    if (!pot) return core::os_error(pot.error().os_error, "files of pot " + id.text);
    return pot;
}

std::string PotTrees::path(const core::PotId& id, const std::string& part) const {
    return pots_.path(id.text) + "/" + part;
}

std::string PotTrees::path(const core::SnapshotKey& key, const std::string& part) const {
    return snapshots_.path(name_of(key)) + "/" + part;
}

core::Result<UniqueFd> PotTrees::begin(const core::SnapshotKey& key) {
    if (auto checked = check(key.pot); !checked) return std::move(checked).error();
    return snapshots_.begin(name_of(key));
}

core::Status PotTrees::commit(const core::SnapshotKey& key) {
    if (auto moved = trash().take(snapshots_.fd(), name_of(key)); !moved) return moved;
    auto named = snapshots_.commit(name_of(key));
    if (named) kept_.insert(key);
    return named;
}

core::Status PotTrees::discard(const core::SnapshotKey& key) {
    if (auto checked = check(key.pot); !checked) return checked;
    kept_.erase(key);
    return snapshots_.discard(name_of(key));
}

core::Result<UniqueFd> PotTrees::find(const core::SnapshotKey& key) const {
    if (auto checked = check(key.pot); !checked) return std::move(checked).error();
    auto found = snapshots_.find(name_of(key));
    if (!found) return core::os_error(found.error().os_error, "files of snapshot " + name_of(key));
    return found;
}

}  // namespace potd::platform
