#include "tests/fakes/zfs/commands.hpp"

#include <algorithm>
#include <sstream>

namespace potd::fakes::zfs {
namespace {

std::string lines_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += "\n" + name;
    return text;
}

void remove_snapshot(Pool& pool, std::uint64_t id) {
    for (auto& [name, dataset] : pool.datasets()) {
        const auto found = std::find_if(dataset.snapshots.begin(), dataset.snapshots.end(),
                                        [&](const SnapshotRecord& one) { return one.id == id; });
        if (found == dataset.snapshots.end()) continue;
        dataset.snapshots.erase(found);
        pool.remove_content(id);
        return;
    }
}

bool is_deferred(Pool& pool, std::uint64_t id) {
    for (const auto& [name, dataset] : pool.datasets()) {
        for (const SnapshotRecord& one : dataset.snapshots) {
            if (one.id == id) return one.deferred;
        }
    }
    return false;
}

void destroy_snapshot(Pool& pool, const std::string& name, bool deferred) {
    SnapshotRecord& snapshot = pool.get_snapshot(name);
    const auto clones = pool.clones_of(snapshot.id);
    if (clones.empty()) return remove_snapshot(pool, snapshot.id);
    if (!deferred)
        throw Failure("cannot destroy '" + name +
                      "': snapshot has dependent clones\nuse '-R' to destroy the following datasets:" +
                      lines_of(clones));
    snapshot.deferred = true;
}

/// DATASET@a,b,c
void destroy_snapshots(Pool& pool, const Call& call) {
    const std::string& argument = call.arguments.at(0);
    const std::size_t at = argument.find('@');
    const std::string dataset = argument.substr(0, at);
    pool.get(dataset);
    std::istringstream names(argument.substr(at + 1));
    bool found = false;
    for (std::string name; std::getline(names, name, ',');) {
        const auto& all = pool.get(dataset).snapshots;
        const bool there =
            std::any_of(all.begin(), all.end(), [&](const SnapshotRecord& one) { return one.name == name; });
        if (there) destroy_snapshot(pool, std::string(dataset).append("@").append(name), call.has('d'));
        found = found || there;
    }
    if (!found) throw Failure("could not find any snapshots to destroy; check snapshot names.");
}

void check_dependents(Pool& pool, const std::string& name, const std::vector<std::string>& tree, bool below) {
    std::vector<std::string> children(tree.begin() + 1, tree.end());
    for (const SnapshotRecord& one : pool.get(name).snapshots) children.push_back(name + "@" + one.name);
    if (!below && !children.empty())
        throw Failure(
            "cannot destroy '" + name +
            "': filesystem has children\nuse '-r' to destroy the following datasets:" + lines_of(children));
    std::vector<std::string> clones;
    for (const std::string& each : tree) {
        for (const SnapshotRecord& one : pool.get(each).snapshots) {
            for (const std::string& clone : pool.clones_of(one.id)) {
                if (std::find(tree.begin(), tree.end(), clone) == tree.end()) clones.push_back(clone);
            }
        }
    }
    if (!clones.empty())
        throw Failure("cannot destroy '" + name +
                      "': filesystem has dependent clones\nuse '-R' to destroy the following datasets:" +
                      lines_of(clones));
}

}  // namespace

void destroy(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (name.find('@') != std::string::npos) return destroy_snapshots(pool, call);
    if (call.has('d')) throw Failure("cannot destroy '" + name + "': -d is for snapshots");
    pool.get(name);
    if (parent_of(name).empty())
        throw Failure("cannot destroy '" + name +
                      "': operation does not apply to pools\nuse 'zfs destroy -r " + name +
                      "' to destroy all datasets in the pool\nuse 'zpool destroy " + name +
                      "' to destroy the pool itself");
    const auto tree = pool.tree(name);
    check_dependents(pool, name, tree, call.has('r'));
    for (auto each = tree.rbegin(); each != tree.rend(); ++each) {
        const DatasetRecord& dataset = pool.get(*each);
        pool.unmount(dataset);
        // The directory goes with a mount point that is nobody's choice.
        const std::string place = pool.property(dataset, "mountpoint");
        std::error_code not_empty;
        if (place.starts_with('/') && !dataset.local.contains("mountpoint"))
            std::filesystem::remove(place, not_empty);
    }
    std::vector<std::uint64_t> origins;
    for (const std::string& each : tree) {
        const DatasetRecord& dataset = pool.get(each);
        origins.push_back(dataset.origin);
        for (const SnapshotRecord& one : dataset.snapshots) pool.remove_content(one.id);
        pool.remove_content(dataset.id);
        pool.datasets().erase(each);
    }
    for (const std::uint64_t origin : origins) {
        if (is_deferred(pool, origin) && pool.clones_of(origin).empty()) remove_snapshot(pool, origin);
    }
}

}  // namespace potd::fakes::zfs
