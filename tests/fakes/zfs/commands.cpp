#include "tests/fakes/zfs/commands.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <sstream>
#include <string_view>

#include <getopt.h>
#include <unistd.h>

namespace potd::fakes::zfs {
namespace {

constexpr std::string_view stream_words = "stand-in";
constexpr std::string_view stream_end = "the end";

void check_component(const std::string& name, const std::string& part, const std::string& verb) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_.: ").find(c) != std::string_view::npos;
    };
    if (part.empty()) throw Failure("cannot " + verb + " '" + name + "': empty component in name");
    if (part == "." || part == "..")
        throw Failure("cannot " + verb + " '" + name + "': self reference, '.' is found in name");
    const auto bad = std::find_if_not(part.begin(), part.end(), good);
    if (bad != part.end())
        throw Failure("cannot " + verb + " '" + name + "': invalid character '" + *bad + "' in name");
}

void check_name(const std::string& name, const std::string& verb) {
    constexpr std::size_t longest = 255;
    if (name.size() > longest) throw Failure("cannot " + verb + " '" + name + "': name is too long");
    std::string rest = name;
    for (std::size_t end = rest.find_first_of("/@"); end != std::string::npos;
         end = rest.find_first_of("/@")) {
        check_component(name, rest.substr(0, end), verb);
        rest = rest.substr(end + 1);
    }
    check_component(name, rest, verb);
}

/// What is wrong with the value of a property; empty: nothing.
std::string wrong_with(const std::string& name, const std::string& value) {
    const bool is_switch = value == "on" || value == "off";
    if (name == "mountpoint") {
        const bool fits = value.starts_with('/') || value == "none" || value == "legacy";
        return fits ? "" : "'mountpoint' must be an absolute path, 'none', or 'legacy'";
    }
    if (name == "readonly" || name == "atime")
        return is_switch ? "" : "'" + name + "' must be one of 'on | off'";
    if (name == "canmount")
        return is_switch || value == "noauto" ? "" : "'canmount' must be one of 'on | off | noauto'";
    if (name == "refquota") {
        const bool number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
        return value == "none" || number ? "" : "bad numeric value '" + value + "'";
    }
    if (name == "compression") return is_switch || value == "lz4" ? "" : "'compression' must be one of them";
    return "invalid property '" + name + "'";
}

void check_property(const std::string& name, const std::string& value, const std::string& what) {
    const bool user = name.find(':') != std::string::npos;
    const std::string wrong = user ? std::string() : wrong_with(name, value);
    if (!wrong.empty()) throw Failure(what + ": " + wrong);
}

/// Whether what is there is more than a bound on it; one of 0 is none.
bool is_beyond(const Pool& pool, std::uint64_t content, const std::string& quota) {
    return quota != "none" && quota != "0" && pool.size(content) > std::stoll(quota);
}

/// A new file system, not yet mounted.
DatasetRecord& add(Pool& pool, const Call& call, const std::string& name, const std::string& verb) {
    check_name(name, verb);
    if (name.find('@') != std::string::npos)
        throw Failure("cannot " + verb + " '" + name + "': invalid character '@' in name");
    const std::string parent = parent_of(name);
    if (parent.empty()) throw Failure("cannot " + verb + " '" + name + "': missing dataset name");
    const std::string pool_name = name.substr(0, name.find('/'));
    if (pool.find(pool_name) == nullptr)
        throw Failure("cannot " + verb + " '" + name + "': no such pool '" + pool_name + "'");
    if (pool.find(name) != nullptr)
        throw Failure("cannot " + verb + " '" + name + "': dataset already exists");
    if (pool.find(parent) == nullptr)
        throw Failure("cannot " + verb + " '" + name + "': parent does not exist");
    const std::string doing = "cannot " + verb + " '" + name + "'";
    for (const auto& [property, value] : call.properties) check_property(property, value, doing);
    DatasetRecord& dataset = pool.datasets()[name];
    dataset.name = name;
    for (const auto& [property, value] : call.properties) dataset.local[property] = value;
    return dataset;
}

void create(Pool& pool, const Call& call) {
    DatasetRecord& dataset = add(pool, call, call.arguments.at(0), "create");
    dataset.id = pool.make_content();
    pool.mount_if_able(dataset);
}

void clone(Pool& pool, const Call& call) {
    const std::string& source = call.arguments.at(0);
    if (source.find('@') == std::string::npos) throw Failure("cannot open '" + source + "': not a snapshot");
    const std::uint64_t origin = pool.get_snapshot(source).id;
    for (const auto& [property, value] : call.properties) {
        check_property(property, value, "cannot create '" + call.arguments.at(1) + "'");
        if (property == "refquota" && is_beyond(pool, origin, value))
            throw Failure("cannot create '" + call.arguments.at(1) + "': out of space");
    }
    DatasetRecord& dataset = add(pool, call, call.arguments.at(1), "create");
    dataset.origin = origin;
    dataset.id = pool.copy_content(origin);
    pool.mount_if_able(dataset);
}

void snapshot(Pool& pool, const Call& call) {
    for (const std::string& name : call.arguments) {
        const std::size_t at = name.find('@');
        if (at == std::string::npos) throw WrongUsage("");
        check_name(name, "create snapshot");
        DatasetRecord* dataset = pool.find(name.substr(0, at));
        if (dataset == nullptr)
            throw WrongUsage("cannot open '" + name.substr(0, at) + "': dataset does not exist");
        const std::string own = name.substr(at + 1);
        for (const SnapshotRecord& one : dataset->snapshots) {
            if (one.name == own)
                throw Failure("cannot create snapshot '" + name + "': dataset already exists");
        }
        dataset->snapshots.push_back({own, pool.copy_content(dataset->id), false});
    }
}

void rollback(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (name.find('@') == std::string::npos) throw Failure("cannot open '" + name + "': not a snapshot");
    const std::uint64_t id = pool.get_snapshot(name).id;
    DatasetRecord& dataset = pool.get(name.substr(0, name.find('@')));
    std::string newer;
    for (const SnapshotRecord& one : dataset.snapshots) {
        if (one.id > id) newer += "\n" + dataset.name + "@" + one.name;
    }
    if (!newer.empty())
        throw Failure(
            "cannot rollback to '" + name +
            "': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following "
            "snapshots and bookmarks:" +
            newer);
    if (is_beyond(pool, id, pool.property(dataset, "refquota")))
        throw Failure("cannot rollback '" + dataset.name + "': out of space");
    pool.replace_content(dataset.id, id);
}

void rename_snapshot(Pool& pool, const std::string& from, const std::string& to) {
    const std::size_t at = to.find('@');
    SnapshotRecord& snapshot = pool.get_snapshot(from);
    check_name(to, "rename to");
    if (at == std::string::npos || to.substr(0, at) != from.substr(0, from.find('@')))
        throw Failure("cannot rename to '" + to + "': snapshots must be part of same dataset");
    for (const SnapshotRecord& one : pool.get(to.substr(0, at)).snapshots) {
        if (one.name == to.substr(at + 1))
            throw Failure("cannot rename '" + from + "': dataset already exists");
    }
    snapshot.name = to.substr(at + 1);
}

void rename(Pool& pool, const Call& call) {
    const std::string& from = call.arguments.at(0);
    const std::string& to = call.arguments.at(1);
    if (from.find('@') != std::string::npos) return rename_snapshot(pool, from, to);
    pool.get(from);
    check_name(to, "rename to");
    if (to.starts_with(from + "/"))
        throw Failure("cannot rename to '" + to +
                      "': New dataset name cannot be a descendant of current dataset name");
    if (from.substr(0, from.find('/')) != to.substr(0, to.find('/')))
        throw Failure("cannot rename to '" + to + "': datasets must be within same pool");
    if (pool.find(to) != nullptr) throw Failure("cannot rename '" + from + "': dataset already exists");
    if (pool.find(parent_of(to)) == nullptr)
        throw Failure("cannot rename to '" + to + "': parent does not exist");
    const auto tree = pool.tree(from);
    std::vector<std::string> mounted;
    for (auto each = tree.rbegin(); each != tree.rend(); ++each) {
        if (pool.is_mounted(pool.get(*each))) mounted.push_back(to + each->substr(from.size()));
        pool.unmount(pool.get(*each));
    }
    for (const std::string& each : tree) {
        auto record = pool.datasets().extract(each);
        record.key() = record.mapped().name = to + each.substr(from.size());
        pool.datasets().insert(std::move(record));
    }
    for (auto each = mounted.rbegin(); each != mounted.rend(); ++each) pool.mount_if_able(pool.get(*each));
}

/// The clone gets the snapshots up to its origin, and what they came from; its source becomes a clone of it.
void promote(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (name.find('@') != std::string::npos)
        throw Failure("cannot open '" + name + "': operation not applicable to datasets of this type");
    DatasetRecord& dataset = pool.get(name);
    if (dataset.origin == 0) throw Failure("cannot promote '" + name + "': not a cloned filesystem");
    const std::string origin = pool.snapshot_name(dataset.origin);
    DatasetRecord& source = pool.get(origin.substr(0, origin.find('@')));
    const auto end = std::find_if(source.snapshots.begin(), source.snapshots.end(),
                                  [&](const SnapshotRecord& one) { return one.id > dataset.origin; });
    for (auto moved = source.snapshots.begin(); moved != end; ++moved) {
        for (const SnapshotRecord& own : dataset.snapshots) {
            if (own.name == moved->name)
                throw Failure(std::string("cannot promote '")
                                  .append(name)
                                  .append("': conflicting snapshot '")
                                  .append(own.name)
                                  .append("' from parent '")
                                  .append(origin)
                                  .append("'"));
        }
    }
    dataset.snapshots.insert(dataset.snapshots.begin(), source.snapshots.begin(), end);
    source.snapshots.erase(source.snapshots.begin(), end);
    const std::uint64_t shared = dataset.origin;
    dataset.origin = source.origin;
    source.origin = shared;
}

/// What is mounted by the properties as they are, is by the new ones afterwards.
void set(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.back();
    for (std::size_t i = 0; i + 1 < call.arguments.size(); ++i) {
        const std::string& word = call.arguments[i];
        const std::size_t at = word.find('=');
        if (at == std::string::npos || at == 0) throw WrongUsage("missing '=' for property=value argument");
        const std::string property = word.substr(0, at);
        const std::string value = word.substr(at + 1);
        pool.get(name);
        check_property(property, value, "cannot set property for '" + name + "'");
        if (property == "refquota" && is_beyond(pool, pool.get(name).id, value))
            throw Failure("cannot set property for '" + name +
                          "': size is less than current used or reserved space");
        const bool mounts = property == "mountpoint";
        const std::string before = pool.property(pool.get(name), "mountpoint");
        std::vector<std::string> mounted;
        const auto tree = pool.tree(name);
        for (auto each = tree.rbegin(); (mounts || property == "readonly") && each != tree.rend(); ++each) {
            if (pool.is_mounted(pool.get(*each))) mounted.push_back(*each);
            pool.unmount(pool.get(*each));
        }
        pool.get(name).local[property] = value;
        if (mounts && (before == "none" || before == "legacy")) mounted.push_back(name);
        for (auto each = mounted.rbegin(); each != mounted.rend(); ++each)
            pool.mount_if_able(pool.get(*each));
    }
}

/// A header that says what it is of, as many bytes as that has (at most 256 KiB), and the end.
void send(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (name.find('@') == std::string::npos)
        throw Failure("Error: Unsupported flag with filesystem or bookmark.");
    const SnapshotRecord& sent = pool.get_snapshot(name);
    constexpr std::int64_t most = 256L << 10;
    const auto length = static_cast<std::size_t>(std::min(pool.size(sent.id), most));
    std::cout << stream_words << ' ' << sent.name << ' ' << sent.id << ' ' << length << '\n'
              << std::string(length, '.') << stream_end << std::flush;
}

void receive(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    const std::string cannot = "cannot receive new filesystem stream: ";
    std::istringstream stream(call.input);
    std::string words, snapshot;
    std::uint64_t id = 0;
    std::size_t length = 0;
    if (!(stream >> words >> snapshot >> id >> length) || words != stream_words)
        throw Failure("cannot receive: invalid stream (bad magic number)");
    stream.get();
    if (call.input.size() != static_cast<std::size_t>(stream.tellg()) + length + stream_end.size() ||
        !call.input.ends_with(stream_end))
        throw Failure(cannot + "incomplete stream");
    if (pool.find(name) != nullptr)
        throw Failure(cannot + "destination '" + name + "' exists\nmust specify -F to overwrite it");
    DatasetRecord& dataset = add(pool, call, name, "receive");
    dataset.id = pool.copy_content(id);
    dataset.snapshots.push_back({snapshot, pool.copy_content(id), false});
    if (!call.has('u')) pool.mount_if_able(dataset);
}

void mount(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    const DatasetRecord& dataset = pool.get(name);
    const std::string place = pool.property(dataset, "mountpoint");
    if (place == "none") throw Failure("cannot mount '" + name + "': no mountpoint set");
    if (place == "legacy") throw Failure("cannot mount '" + name + "': legacy mountpoint");
    if (pool.property(dataset, "canmount") == "off")
        throw Failure("cannot mount '" + name + "': 'canmount' property is set to 'off'");
    if (pool.is_mounted(dataset)) throw Failure("cannot mount '" + name + "': filesystem already mounted");
    pool.mount(dataset);
}

void unmount(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (!pool.is_mounted(pool.get(name)))
        throw Failure("cannot unmount '" + name + "': not currently mounted");
    pool.unmount(pool.get(name));
}

void create_pool(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    check_name(name, "create");
    if (pool.find(name) != nullptr) throw Failure("cannot create '" + name + "': pool already exists");
    DatasetRecord& dataset = pool.datasets()[name];
    dataset.name = name;
    dataset.id = pool.make_content();
    dataset.local["mountpoint"] = call.has('m') ? call.options.at('m') : "none";
    pool.mount_if_able(dataset);
}

void destroy_pool(Pool& pool, const Call& call) {
    const std::string& name = call.arguments.at(0);
    if (pool.find(name) == nullptr) throw Failure("cannot open '" + name + "': no such pool");
    const auto tree = pool.tree(name);
    for (auto each = tree.rbegin(); each != tree.rend(); ++each) pool.unmount(pool.get(*each));
    for (const std::string& each : tree) {
        for (const SnapshotRecord& one : pool.get(each).snapshots) pool.remove_content(one.id);
        pool.remove_content(pool.get(each).id);
        pool.datasets().erase(each);
    }
}

struct Command {
    const char* name;
    const char* options;               ///< as for getopt(3)
    std::vector<const char*> missing;  ///< what is said of each argument that is not there
    std::size_t most;
    std::function<void(Pool&, const Call&)> run;
};

void run_one_of(const std::vector<Command>& commands, Pool& pool, const std::vector<std::string>& words,
                const std::string& input = {}) {
    if (words.empty()) throw WrongUsage("missing command");
    const auto found = std::find_if(commands.begin(), commands.end(),
                                    [&](const Command& command) { return command.name == words.front(); });
    if (found == commands.end()) throw WrongUsage("unrecognized command '" + words.front() + "'");
    Call call = parse_call(words, found->options, found->missing, found->most);
    call.input = input;
    if (words.front() != "list" && ::geteuid() != 0)
        throw Failure("cannot " + words.front() + " '" + call.arguments.back() + "': permission denied");
    found->run(pool, call);
}

}  // namespace

Call parse_call(const std::vector<std::string>& words, const std::string& allowed,
                const std::vector<const char*>& missing, std::size_t most) {
    Call call;
    call.command = words.front();
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::opterr = 0;
    const std::string options = "+:" + allowed;
    // This program has one thread.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    for (int c = 0; (c = ::getopt(static_cast<int>(words.size()), argv.data(), options.c_str())) != -1;) {
        if (c == '?') throw WrongUsage(std::string("invalid option '") + static_cast<char>(::optopt) + "'");
        if (c == ':')
            throw WrongUsage(std::string("missing argument for '") + static_cast<char>(::optopt) +
                             "' option");
        const std::string value = ::optarg == nullptr ? "" : ::optarg;
        const std::size_t at = value.find('=');
        if (c == 'o' && call.command != "list") {
            if (at == std::string::npos) throw WrongUsage("missing '=' for property=value argument");
            call.properties.emplace_back(value.substr(0, at), value.substr(at + 1));
        } else {
            call.options[static_cast<char>(c)] = value;
        }
    }
    call.arguments.assign(words.begin() + ::optind, words.end());
    if (call.arguments.size() < missing.size()) throw WrongUsage(missing.at(call.arguments.size()));
    if (call.arguments.size() > most) throw WrongUsage("too many arguments");
    return call;
}

void run_zfs(Pool& pool, const std::vector<std::string>& words, const std::string& input) {
    constexpr std::size_t any = 100;
    constexpr const char* dataset = "missing dataset argument";
    constexpr const char* from = "missing source dataset argument";
    constexpr const char* to = "missing target dataset argument";
    constexpr const char* property = "missing property=value argument(s)";
    static const std::vector<Command> commands{
        {"list", "Hpro:t:d:", {dataset}, 1, list},
        {"create", "o:", {"missing filesystem argument"}, 1, create},
        {"clone", "o:", {from, to}, 2, clone},
        {"snapshot", "", {"missing snapshot argument"}, any, snapshot},
        {"rollback", "", {dataset}, 1, rollback},
        {"destroy", "frd", {dataset}, 1, destroy},
        {"rename", "f", {from, to}, 2, rename},
        {"promote", "", {"missing clone filesystem argument"}, 1, promote},
        {"set", "", {property, property}, any, set},
        {"send", "", {"missing snapshot argument"}, 1, send},
        {"receive", "uo:", {"missing snapshot argument"}, 1, receive},
        {"mount", "", {dataset}, 1, mount},
        {"unmount", "f", {"missing filesystem argument"}, 1, unmount}};
    run_one_of(commands, pool, words, input);
}

void run_zpool(Pool& pool, const std::vector<std::string>& words) {
    constexpr const char* name = "missing pool name argument";
    static const std::vector<Command> commands{{"create", "m:", {name}, 1, create_pool},
                                               {"destroy", "f", {name}, 1, destroy_pool},
                                               {"sync", "", {name}, 1, [](Pool&, const Call&) {}}};
    run_one_of(commands, pool, words);
}

}  // namespace potd::fakes::zfs
