#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/system.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <sstream>

#include <net/if.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

std::string link_of(const fs::path& path) {
    std::error_code error;
    return fs::read_symlink(path, error).string();
}

/// Where the descriptors of a process lead.
std::string open_files(const fs::path& directory) {
    std::string links;
    std::error_code error;
    for (fs::directory_iterator it(directory / "fd", error), end; !error && it != end; it.increment(error)) {
        links += link_of(it->path()) + " ";
    }
    return links;
}

/// Splits "pid (name) S ppid …"; the name may hold blanks and parentheses.
void read_stat(const std::string& stat, Process& process) {
    const auto open = stat.find('(');
    const auto close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return;
    process.name = stat.substr(open + 1, close - open - 1);
    std::istringstream rest(stat.substr(close + 1));
    std::string skipped;
    rest >> process.state >> process.parent;
    for (int field = 5; field < 22; ++field) rest >> skipped;
    rest >> process.start_time;
}

std::vector<std::string> lines_of(const fs::path& file) {
    std::istringstream in(read_file(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

void add_mounts(std::vector<std::string>& objects) {
    for (const std::string& line : lines_of("/proc/self/mountinfo")) {
        // The first two fields are ids that differ from look to look.
        std::istringstream words(line);
        std::string skipped;
        words >> skipped >> skipped;
        std::string rest;
        std::getline(words, rest);
        objects.push_back("mount" + rest);
    }
}

/// Others' groups come and go meanwhile: one that is gone ends the look into it, not the look at the rest.
void add_cgroups(const fs::path& directory, std::vector<std::string>& objects) {
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
        std::error_code gone;
        if (!it->is_directory(gone) || it->is_symlink(gone)) continue;
        objects.push_back("cgroup " + it->path().string());
        add_cgroups(it->path(), objects);
    }
}

void add_entries(std::vector<std::string>& objects, const char* word, const fs::path& directory) {
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
        objects.push_back(word + (" " + it->path().filename().string()));
    }
}

/// The number after `key` in a file of "Key: 123 kB" lines; -1 if it is not there.
std::int64_t kib_of(const fs::path& file, std::string_view key) {
    for (const std::string& line : lines_of(file)) {
        if (line.rfind(key, 0) == 0) return std::stoll(line.substr(key.size()));
    }
    return -1;
}

}  // namespace

Process process(pid_t pid) {
    const fs::path directory = fs::path("/proc") / std::to_string(pid);
    const std::string stat = read_file(directory / "stat");
    if (stat.empty()) return {};
    Process found;
    found.pid = pid;
    read_stat(stat, found);
    found.command = read_file(directory / "cmdline");
    std::replace(found.command.begin(), found.command.end(), '\0', ' ');
    // A monitor is executed from memory and lives in "/": only what it has open tells whose it is.
    if (found.command.rfind("potmon", 0) == 0) found.belongs = open_files(directory);
    found.belongs +=
        link_of(directory / "exe") + " " + link_of(directory / "cwd") + " " + read_file(directory / "cgroup");
    return found;
}

std::vector<Process> processes() {
    std::vector<Process> all;
    std::error_code error;
    for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
        const std::string name = it->path().filename();
        pid_t pid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (parsed.ec != std::errc{} || parsed.ptr != name.data() + name.size()) continue;
        Process found = process(pid);
        if (found.pid != 0) all.push_back(std::move(found));
    }
    return all;
}

std::vector<std::string> kernel_objects() {
    std::vector<std::string> objects;
    add_mounts(objects);
    add_cgroups("/sys/fs/cgroup", objects);
    add_entries(objects, "interface", "/sys/class/net");
    add_entries(objects, "netns", "/run/netns");
    return objects;
}

bool has_traps(pid_t pid) {
    constexpr std::array signals{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    const auto in = [](const std::string& line, int signal) {
        return (std::stoull(line.substr(line.find(':') + 1), nullptr, 16) >> (signal - 1) & 1U) != 0;
    };
    for (const std::string& line : lines_of(fs::path("/proc") / std::to_string(pid) / "status")) {
        if (line.rfind("SigCgt:", 0) != 0 && line.rfind("SigIgn:", 0) != 0) continue;
        if (std::any_of(signals.begin(), signals.end(), [&](int signal) { return in(line, signal); }))
            return true;
    }
    return false;
}

bool wait_for_exit(pid_t pid, milliseconds limit) {
    const platform::UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!handle) return errno == ESRCH;
    pollfd ended{handle.get(), POLLIN, 0};
    return ::poll(&ended, 1, static_cast<int>(limit.count())) == 1;
}

std::string memory_directory() {
    std::error_code error;
    return fs::is_directory("/dev/shm", error) ? "/dev/shm" : "";
}

std::string resource_mode() {
    bool v1 = false;
    bool v2 = false;
    for (const std::string& line : lines_of("/proc/self/mounts")) {
        v1 |= line.find(" cgroup ") != std::string::npos;
        v2 |= line.find(" cgroup2 ") != std::string::npos;
    }
    if (v1 && v2) return "hybrid";
    return v1 ? "v1" : v2 ? "v2" : "none";
}

bool overlay_works(const std::string& directory) {
    const TempDir place("overlay", directory);
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(place / name);
    const std::string path = place.path();
    const std::string options =
        "lowerdir=" + path + "/lower,upperdir=" + path + "/upper,workdir=" + path + "/work";
    const std::string merged = path + "/merged";
    if (::mount("overlay", merged.c_str(), "overlay", 0, options.c_str()) != 0) return false;
    return ::umount2(merged.c_str(), MNT_DETACH) == 0;
}

std::string root_of(pid_t pid) {
    return "/proc/" + std::to_string(pid) + "/root";
}

/// The pot's init is between the two.
pid_t monitor_of(pid_t main) {
    return process(process(main).parent).parent;
}

std::size_t open_descriptors(pid_t pid) {
    const fs::directory_iterator descriptors("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

std::int64_t proportional_kib(pid_t pid) {
    return kib_of(fs::path("/proc") / std::to_string(pid) / "smaps_rollup", "Pss:");
}

std::int64_t resident_kib(pid_t pid) {
    return kib_of(fs::path("/proc") / std::to_string(pid) / "status", "VmRSS:");
}

KernelMemory kernel_memory() {
    const fs::path file = "/proc/meminfo";
    return {kib_of(file, "Slab:"), kib_of(file, "KernelStack:"), kib_of(file, "PageTables:"),
            kib_of(file, "Percpu:")};
}

}  // namespace potd::test
