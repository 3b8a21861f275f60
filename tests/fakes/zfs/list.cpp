#include "tests/fakes/zfs/commands.hpp"

#include <algorithm>
#include <iostream>
#include <limits>
#include <sstream>

namespace potd::fakes::zfs {
namespace {

std::vector<std::string> pieces(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream stream(text);
    for (std::string piece; std::getline(stream, piece, ',');) result.push_back(piece);
    return result;
}

void check_columns(const std::vector<std::string>& columns) {
    static const std::vector<std::string> known{"name",     "type",         "origin",     "mountpoint",
                                                "mounted",  "createtxg",    "referenced", "refquota",
                                                "readonly", "defer_destroy"};
    for (const std::string& column : columns) {
        const bool user = column.find(':') != std::string::npos;
        if (!user && std::find(known.begin(), known.end(), column) == known.end())
            throw WrongUsage("bad property list: invalid property '" + column + "'");
    }
}

std::string cell_of(Pool& pool, const DatasetRecord& dataset, const std::string& column) {
    if (column == "name") return dataset.name;
    if (column == "type") return "filesystem";
    if (column == "origin") return dataset.origin == 0 ? "-" : pool.snapshot_name(dataset.origin);
    if (column == "mounted") return pool.is_mounted(dataset) ? "yes" : "no";
    if (column == "createtxg") return std::to_string(dataset.id);
    if (column == "referenced") return std::to_string(pool.size(dataset.id));
    return column == "defer_destroy" ? "-" : pool.property(dataset, column);
}

std::string cell_of(Pool& pool, const DatasetRecord& dataset, const SnapshotRecord& snapshot,
                    const std::string& column) {
    if (column == "name") return dataset.name + "@" + snapshot.name;
    if (column == "type") return "snapshot";
    if (column == "createtxg") return std::to_string(snapshot.id);
    if (column == "referenced") return std::to_string(pool.size(snapshot.id));
    if (column == "defer_destroy") return snapshot.deferred ? "on" : "off";
    return column.find(':') == std::string::npos ? "-" : pool.property(dataset, column);
}

template <class... What>
void print(Pool& pool, const std::vector<std::string>& columns, const What&... what) {
    for (std::size_t i = 0; i < columns.size(); ++i)
        std::cout << (i == 0 ? "" : "\t") << cell_of(pool, what..., columns[i]);
    std::cout << '\n';
}

std::string dataset_at(Pool& pool, const std::string& argument) {
    if (!argument.starts_with('/')) return argument;
    std::string found, deepest;
    for (const auto& [name, dataset] : pool.datasets()) {
        const std::string place = pool.mounted_on(dataset);
        const bool above = !place.empty() && (argument == place || argument.starts_with(place + "/"));
        if (!above || place.size() < deepest.size()) continue;
        found = name;
        deepest = place;
    }
    if (found.empty()) throw Failure("'" + argument + "': not a ZFS filesystem");
    return found;
}

std::size_t depth_of(const Call& call) {
    if (!call.has('d')) return call.has('r') ? std::numeric_limits<std::size_t>::max() : 0;
    const std::string& text = call.options.at('d');
    if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
        throw WrongUsage(text + " is not an integer");
    return std::stoul(text);
}

}  // namespace

void list(Pool& pool, const Call& call) {
    // A person's table is not what potd may read.
    if (!call.has('H') || !call.has('p')) throw WrongUsage("this stand-in has the options -H and -p only");
    const auto columns = pieces(call.has('o') ? call.options.at('o') : "name");
    check_columns(columns);
    const auto types = pieces(call.has('t') ? call.options.at('t') : "filesystem");
    for (const std::string& type : types) {
        if (type != "filesystem" && type != "snapshot") throw WrongUsage("invalid type '" + type + "'");
    }
    const bool snapshots = std::find(types.begin(), types.end(), "snapshot") != types.end();
    const bool file_systems = std::find(types.begin(), types.end(), "filesystem") != types.end();
    const std::string root = dataset_at(pool, call.arguments.at(0));
    if (root.find('@') != std::string::npos) {
        pool.get_snapshot(root);
        throw Failure("cannot open '" + root + "': operation not applicable to datasets of this type");
    }
    pool.get(root);
    const auto slashes = [](const std::string& name) { return std::count(name.begin(), name.end(), '/'); };
    for (const std::string& name : pool.tree(root)) {
        const auto depth = static_cast<std::size_t>(slashes(name) - slashes(root));
        const DatasetRecord& dataset = pool.get(name);
        if (depth <= depth_of(call) && file_systems) print(pool, columns, dataset);
        if (depth >= depth_of(call) || !snapshots) continue;
        for (const SnapshotRecord& one : dataset.snapshots) print(pool, columns, dataset, one);
    }
}

}  // namespace potd::fakes::zfs
