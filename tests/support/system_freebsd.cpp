#include "tests/support/system.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <set>
#include <utility>

#include <sys/param.h>
// after sys/param.h
#include <net/if.h>
#include <sys/event.h>
#include <sys/jail.h>
#include <sys/mount.h>
#include <sys/rctl.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/un.h>
#include <sys/user.h>
#include <unistd.h>

namespace potd::test {
namespace {

/// What a question about the kernel's processes is answered with; empty if the process is gone.
std::string ask(int what, pid_t pid) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, what, pid};
    const unsigned parts = what == KERN_PROC_PROC ? 3 : 4;
    while (true) {
        std::size_t size = 0;
        if (::sysctl(name.data(), parts, nullptr, &size, nullptr, 0) != 0) return {};
        std::string answer(size + size / 4 + 4096, '\0');
        size = answer.size();
        if (::sysctl(name.data(), parts, answer.data(), &size, nullptr, 0) == 0) {
            answer.resize(size);
            return answer;
        }
        if (errno != ENOMEM) return {};
    }
}

/// Records of one kind, each of which says how long it is.
template <class Record, class Use>
void each_record(const std::string& answer, int Record::*size, Use use) {
    for (std::size_t at = 0; at < answer.size();) {
        const auto* const record = reinterpret_cast<const Record*>(answer.data() + at);  // NOLINT
        if (record->*size <= 0) return;
        use(*record);
        at += static_cast<std::size_t>(record->*size);
    }
}

/// Paths of what a process has open, of its sockets too.
std::string open_files(pid_t pid) {
    std::string paths;
    each_record<kinfo_file>(
        ask(KERN_PROC_FILEDESC, pid), &kinfo_file::kf_structsize, [&](const kinfo_file& file) {
            if (file.kf_path[0] != '\0') paths += std::string(&file.kf_path[0]) + " ";
            if (file.kf_type != KF_TYPE_SOCKET || file.kf_sock_domain != AF_UNIX) return;
            const auto& local =
                *reinterpret_cast<const sockaddr_un*>(&file.kf_un.kf_sock.kf_sa_local);  // NOLINT
            paths += std::string(&local.sun_path[0]) + " ";
        });
    return paths;
}

std::uint64_t microseconds(const timeval& time) {
    constexpr std::uint64_t second = 1'000'000;
    return static_cast<std::uint64_t>(time.tv_sec) * second + static_cast<std::uint64_t>(time.tv_usec);
}

/// ki_start moves with the clock, the difference to the time of the boot does not.
std::uint64_t start_time(const kinfo_proc& about) {
    timeval booted{};
    std::size_t size = sizeof booted;
    if (::sysctlbyname("kern.boottime", &booted, &size, nullptr, 0) != 0) return 0;
    return microseconds(about.ki_start) - microseconds(booted);
}

char letter(char state) {
    switch (state) {
        case SSTOP: return 'T';
        case SRUN: return 'R';
        case SZOMB: return 'Z';
        default: return 'S';
    }
}

Process facts_of(const kinfo_proc& about) {
    Process found;
    found.pid = about.ki_pid;
    found.parent = about.ki_ppid;
    found.start_time = start_time(about);
    found.name = &about.ki_comm[0];
    found.state = letter(about.ki_stat);
    found.command = ask(KERN_PROC_ARGS, found.pid);
    std::replace(found.command.begin(), found.command.end(), '\0', ' ');
    found.belongs = std::string(ask(KERN_PROC_PATHNAME, found.pid).c_str()) + " " + open_files(found.pid) +
                    "jail " + std::to_string(about.ki_jid);
    return found;
}

void add_mounts(std::vector<std::string>& objects) {
    struct statfs* mounts = nullptr;
    const int count = ::getmntinfo(&mounts, MNT_NOWAIT);
    for (int i = 0; i < count; ++i) {
        objects.push_back("mount " + std::string(&mounts[i].f_mntonname[0]) + " " +
                          std::string(&mounts[i].f_fstypename[0]) + " " +
                          std::string(&mounts[i].f_mntfromname[0]));
    }
}

void add_jails(std::vector<std::string>& objects) {
    int last = 0;
    while (true) {
        std::array<char, MAXHOSTNAMELEN> name{};
        std::string lastjid = "lastjid";
        std::string name_key = "name";
        std::array<iovec, 4> parts{{{lastjid.data(), lastjid.size() + 1},
                                    {&last, sizeof last},
                                    {name_key.data(), name_key.size() + 1},
                                    {name.data(), name.size()}}};
        const int jail = ::jail_get(parts.data(), parts.size(), JAIL_DYING);
        if (jail < 0) return;
        objects.push_back("jail " + std::string(name.data()));
        last = jail;
    }
}

void add_interfaces(std::vector<std::string>& objects) {
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> names(::if_nameindex(),
                                                                                     ::if_freenameindex);
    for (const auto* one = names.get(); one != nullptr && one->if_index != 0; ++one)
        objects.push_back("interface " + std::string(one->if_name));
}

void add_rules(std::vector<std::string>& objects) {
    std::string rules(std::size_t{64} * 1024, '\0');
    const std::string filter = "jail:";
    if (::rctl_get_rules(filter.c_str(), filter.size() + 1, rules.data(), rules.size()) != 0) return;
    rules.resize(rules.find('\0'));
    while (!rules.empty()) {
        const std::size_t end = std::min(rules.find(','), rules.size());
        objects.push_back("rctl rule " + rules.substr(0, end));
        rules.erase(0, std::min(end + 1, rules.size()));
    }
}

}  // namespace

Process process(pid_t pid) {
    const std::string answer = ask(KERN_PROC_PID, pid);
    if (answer.size() < sizeof(kinfo_proc)) return {};
    return facts_of(*reinterpret_cast<const kinfo_proc*>(answer.data()));  // NOLINT
}

std::vector<Process> processes() {
    std::vector<Process> all;
    each_record<kinfo_proc>(ask(KERN_PROC_PROC, 0), &kinfo_proc::ki_structsize,
                            [&](const kinfo_proc& about) { all.push_back(facts_of(about)); });
    return all;
}

std::vector<std::string> kernel_objects() {
    std::vector<std::string> objects;
    add_mounts(objects);
    add_jails(objects);
    add_interfaces(objects);
    add_rules(objects);
    return objects;
}

bool has_traps(pid_t pid) {
    const std::string answer = ask(KERN_PROC_PID, pid);
    if (answer.size() < sizeof(kinfo_proc)) return false;
    const auto& about = *reinterpret_cast<const kinfo_proc*>(answer.data());  // NOLINT
    constexpr std::array signals{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    return std::any_of(signals.begin(), signals.end(), [&](int signal) {
        return sigismember(&about.ki_sigcatch, signal) == 1 || sigismember(&about.ki_sigignore, signal) == 1;
    });
}

bool wait_for_exit(pid_t pid, milliseconds limit) {
    const int queue = ::kqueue();
    struct kevent change {};
    EV_SET(&change, static_cast<std::uintptr_t>(pid), EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0,
           nullptr);
    const timespec wait{limit.count() / 1000, static_cast<long>(limit.count() % 1000) * 1'000'000};
    struct kevent event {};
    const int got = ::kevent(queue, &change, 1, &event, 1, &wait);
    const bool gone =
        (got < 0 && errno == ESRCH) || (got == 1 && (event.flags & EV_ERROR) != 0 && event.data == ESRCH);
    const bool ended = got == 1 && (event.flags & EV_ERROR) == 0;
    ::close(queue);
    return gone || ended;
}

/// /dev/shm is a folder of devfs.
std::string memory_directory() {
    return {};
}

std::string resource_mode() {
    return "jail";
}

/// There is no such driver here.
bool overlay_works(const std::string&) {
    return false;
}

/// That of its jail.
std::string root_of(pid_t pid) {
    const std::string answer = ask(KERN_PROC_PID, pid);
    if (answer.size() < sizeof(kinfo_proc)) return {};
    int jail = reinterpret_cast<const kinfo_proc*>(answer.data())->ki_jid;  // NOLINT
    std::array<char, MAXPATHLEN> path{};
    std::string jid_key = "jid";
    std::string path_key = "path";
    std::array<iovec, 4> parts{{{jid_key.data(), jid_key.size() + 1},
                                {&jail, sizeof jail},
                                {path_key.data(), path_key.size() + 1},
                                {path.data(), path.size()}}};
    return ::jail_get(parts.data(), parts.size(), 0) < 0 ? std::string() : std::string(path.data());
}

pid_t monitor_of(pid_t main) {
    return process(main).parent;
}

std::size_t open_descriptors(pid_t pid) {
    std::size_t count = 0;
    each_record<kinfo_file>(ask(KERN_PROC_FILEDESC, pid), &kinfo_file::kf_structsize,
                            // Its directories and its program have numbers below 0.
                            [&](const kinfo_file& file) { count += file.kf_fd >= 0 ? 1U : 0U; });
    return count;
}

/// What is the process' own: what it may write. The kernel's count of private pages holds its program, too.
std::int64_t proportional_kib(pid_t pid) {
    if (process(pid).pid == 0) return -1;
    std::int64_t pages = 0;
    each_record<kinfo_vmentry>(
        ask(KERN_PROC_VMMAP, pid), &kinfo_vmentry::kve_structsize, [&](const kinfo_vmentry& entry) {
            pages += (entry.kve_protection & KVME_PROT_WRITE) != 0 ? entry.kve_resident : 0;
        });
    return pages * ::getpagesize() / 1024;
}

std::int64_t resident_kib(pid_t pid) {
    const std::string answer = ask(KERN_PROC_PID, pid);
    if (answer.size() < sizeof(kinfo_proc)) return -1;
    return reinterpret_cast<const kinfo_proc*>(answer.data())->ki_rssize * ::getpagesize() / 1024;  // NOLINT
}

/// One figure for all of it: the wired pages.
KernelMemory kernel_memory() {
    unsigned wired = 0;
    std::size_t size = sizeof wired;
    if (::sysctlbyname("vm.stats.vm.v_wire_count", &wired, &size, nullptr, 0) != 0) return {};
    return {static_cast<std::int64_t>(wired) * ::getpagesize() / 1024, 0, 0, 0};
}

}  // namespace potd::test
