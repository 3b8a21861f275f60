#include "daemon/platform/linux/cgroup_files.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cerrno>
#include <csignal>
#include <memory>
#include <set>

#include <dirent.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::vector<std::string> entries_of(const std::string& directory, unsigned char type) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return names;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string name(&entry->d_name[0]);
        if (entry->d_type == type && name != "." && name != "..") names.push_back(name);
    }
    return names;
}

}  // namespace

std::vector<std::int32_t> read_processes(const std::string& directory) {
    const auto content = read_file(directory + "/cgroup.procs", 16 << 20);
    std::vector<std::int32_t> pids;
    if (!content) return pids;
    for (const auto word : split_blanks(content.value())) {
        if (const auto pid = parse_number(word)) pids.push_back(static_cast<std::int32_t>(*pid));
    }
    return pids;
}

std::vector<std::string> child_groups(const std::string& directory) {
    return entries_of(directory, DT_DIR);
}

std::vector<std::string> linked_names(const std::string& directory) {
    return entries_of(directory, DT_LNK);
}

core::Status remove_group(const std::string& directory) {
    if (::rmdir(directory.c_str()) == 0 || errno == ENOENT) return {};
    const int cause = errno;
    if (cause != EBUSY) return core::os_error(cause, "remove cgroup " + directory);
    const auto children = child_groups(directory);
    for (const std::string& child : children) {
        const std::string below = std::string(directory).append("/").append(child);
        if (auto removed = remove_group(below); !removed) return removed;
    }
    if (!children.empty() && ::rmdir(directory.c_str()) == 0) return {};
    return core::os_error(cause, "remove cgroup " + directory);
}

core::Status inherit_cpuset(const std::string& parent, const std::string& directory) {
    for (const char* file : {"/cpuset.mems", "/cpuset.cpus"}) {
        const auto current = read_file(directory + file);
        if (current && !trimmed(current.value()).empty()) continue;
        const auto above = read_file(parent + file);
        if (!above) return above.error();
        if (auto written = write_existing(directory + file, trimmed(above.value())); !written) return written;
    }
    return {};
}

core::Status gather_processes(const std::string& from, const std::string& to) {
    constexpr int most_passes = 100;
    for (int pass = 0; pass < most_passes; ++pass) {
        const auto there = read_processes(to);
        const std::set<std::int32_t> moved(there.begin(), there.end());
        bool all = true;
        for (const std::int32_t pid : read_processes(from)) {
            if (moved.contains(pid)) continue;
            all = false;
            const core::Status written = write_existing(to + "/cgroup.procs", std::to_string(pid));
            // One that has ended since need not be moved; the next pass looks who is left.
            if (!written && exists("/proc/" + std::to_string(pid))) return written;
        }
        if (all) return {};
    }
    return core::error(core::ErrorKind::Conflict,
                       "the pot's processes multiply faster than they can be moved");
}

core::Status kill_listed(const std::string& directory) {
    std::set<std::int32_t> killed;
    for (bool fresh = true; fresh;) {
        fresh = false;
        for (const std::int32_t pid : read_processes(directory)) {
            if (!killed.insert(pid).second) continue;
            fresh = true;
            if (::kill(pid, SIGKILL) != 0 && errno != ESRCH) {
                return core::os_error(errno, "kill " + std::to_string(pid));
            }
        }
    }
    return {};
}

core::Status kill_frozen(const std::string& freezer) {
    auto frozen = write_existing(freezer + "/freezer.state", "FROZEN");
    if (!frozen) return frozen.error().kind == core::ErrorKind::NotFound ? core::Status{} : frozen;
    auto killed = kill_listed(freezer);
    auto thawed = write_existing(freezer + "/freezer.state", "THAWED");
    return killed ? thawed : killed;
}

}  // namespace potd::platform
