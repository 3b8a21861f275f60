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
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return names;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        const std::string name(&entry->d_name[0]);
        if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
    }
    return names;
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
