#include "bench/support/bare_cycle.hpp"
#include "bench/support/statistics.hpp"
#include "tests/support/root_tree.hpp"

#include <array>
#include <cerrno>
#include <iostream>
#include <system_error>

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;

struct Node {
    const char* path;
    unsigned minor_number;
    unsigned major_number = 1;
};

constexpr std::array<Node, 6> nodes{{{"dev/null", 3},
                                     {"dev/zero", 5},
                                     {"dev/full", 7},
                                     {"dev/random", 8},
                                     {"dev/urandom", 9},
                                     {"dev/tty", 0, 5}}};
constexpr std::array masked{"proc/acpi",       "proc/kcore",       "proc/keys", "proc/latency_stats",
                            "proc/timer_list", "proc/sched_debug", "proc/scsi", "sys/firmware",
                            "proc/asound",     "proc/timer_stats"};
constexpr std::array read_only{"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

[[noreturn]] void fail(const char* step) {
    std::cerr << "bare cycle: " << step << ": " << std::generic_category().message(errno) << "\n";
    ::_exit(120);
}

void must(int result, const char* step) {
    if (result != 0) fail(step);
}

void make_devices() {
    must(::mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=64k"), "/dev");
    ::umask(0);
    for (const Node& node : nodes) {
        must(::mknod(node.path, S_IFCHR | 0666, makedev(node.major_number, node.minor_number)), node.path);
    }
    must(::mkdir("dev/pts", 0755) | ::mkdir("dev/shm", 01777) | ::mkdir("dev/mqueue", 0755), "mkdir in /dev");
    const unsigned long quiet = MS_NOSUID | MS_NOEXEC;
    must(::mount("devpts", "dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
         "/dev/pts");
    must(::mount("shm", "dev/shm", "tmpfs", quiet | MS_NODEV, "mode=1777,size=64m"), "/dev/shm");
    must(::mount("mqueue", "dev/mqueue", "mqueue", quiet | MS_NODEV, nullptr), "/dev/mqueue");
}

void hide_paths() {
    for (const char* path : masked) {
        struct stat info {};
        if (::stat(path, &info) != 0) continue;
        if (S_ISDIR(info.st_mode)) {
            must(::mount("tmpfs", path, "tmpfs", MS_RDONLY, "size=0"), path);
        } else {
            must(::mount("dev/null", path, nullptr, MS_BIND, nullptr), path);
        }
    }
    for (const char* path : read_only) {
        if (::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0) continue;
        must(::mount(nullptr, path, nullptr,
                     MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
             path);
    }
}

void enter_root() {
    must(static_cast<int>(::syscall(SYS_pivot_root, ".", ".")), "pivot_root");
    must(::umount2(".", MNT_DETACH), "umount of the old root");
    must(::chdir("/"), "chdir");
}

[[noreturn]] void be_container(const std::string& merged, const std::string& overlay_options) {
    must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private /");
    must(::mount("overlay", merged.c_str(), "overlay", 0, overlay_options.c_str()), "overlay");
    must(::chdir(merged.c_str()), "chdir");
    const unsigned long quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;
    must(::mount("proc", "proc", "proc", quiet, nullptr), "/proc");
    make_devices();
    must(::mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, nullptr), "/sys");
    hide_paths();
    must(::sethostname("bare", 4), "hostname");
    enter_root();
    std::array<char*, 2> argv{const_cast<char*>("/bin/true"), nullptr};  // NOLINT: execve takes no const
    std::array<char*, 1> env{nullptr};
    ::execve(argv[0], argv.data(), env.data());
    fail("exec /bin/true");
}

pid_t clone_namespaces() {
    clone_args arguments{};
    arguments.flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP;
    arguments.exit_signal = SIGCHLD;
    return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

}  // namespace

BareCycle::BareCycle(const fs::path& directory) : directory_(directory) {
    test::make_root_tree(directory_ / "base", {"true"});
    fs::create_directories(directory_ / "merged");
    overlay_options_ = "lowerdir=" + (directory_ / "base").string() +
                       ",upperdir=" + (directory_ / "upper").string() +
                       ",workdir=" + (directory_ / "work").string();
}

double BareCycle::run() {
    const std::string merged = directory_ / "merged";
    const Stopwatch watch;
    fs::create_directory(directory_ / "upper");
    fs::create_directory(directory_ / "work");
    const pid_t pid = clone_namespaces();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "clone3");
    if (pid == 0) be_container(merged, overlay_options_);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    fs::remove_all(directory_ / "upper");
    fs::remove_all(directory_ / "work");
    if (status != 0) throw std::system_error(EPERM, std::generic_category(), "bare cycle");
    return watch.ms();
}

}  // namespace potd::bench
