// Attempts on the kernel and on the namespaces of the pot.
#include "tests/system/hostile/attempt.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::hostile {
namespace {

/// TYPE TARGET
int mount_new(const Words& words) {
    return outcome_of(
        ::mount("none", words[1], words[0], 0, std::strcmp(words[0], "cgroup") == 0 ? "pids" : nullptr));
}

/// Asks for (devices.allow) or gives up (devices.deny) every device in the group this process is in.
int change_devices(const char* file) {
    if (::mount("none", "/mnt", "cgroup", 0, "devices") != 0) return errno;
    const std::string path = std::string("/mnt/") + file;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const int error = fd < 0 ? errno : ::write(fd, "a", 1) < 0 ? errno : 0;
    ::close(fd);
    ::umount2("/mnt", MNT_DETACH);
    return error;
}

int allow_devices(const Words& /*words*/) {
    return change_devices("devices.allow");
}

int deny_devices(const Words& /*words*/) {
    return change_devices("devices.deny");
}

/// TARGET: a read-only mount made writable again.
int remount(const Words& words) {
    return outcome_of(::mount(nullptr, words[0], nullptr, MS_REMOUNT | MS_BIND, nullptr));
}

/// TARGET: a mask taken off.
int unmount(const Words& words) {
    return outcome_of(::umount2(words[0], MNT_DETACH));
}

int bind_root(const Words& words) {
    return outcome_of(::mount("/", words[0], nullptr, MS_BIND | MS_REC, nullptr));
}

int unshare_user(const Words& /*words*/) {
    return outcome_of(::unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

/// Root of a user namespace of its own, with what else is wanted.
int own_namespaces(int more) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | more) != 0) return errno;
    return 0;
}

/// The program that the kernel starts as the host's root when a group is empty (CVE-2022-0492), put in its
/// own place.
int release_agent(const Words& /*words*/) {
    if (const int error = own_namespaces(CLONE_NEWCGROUP); error != 0) return error;
    if (::mount("none", "/mnt", "cgroup", 0, "none,name=systemd") != 0 &&
        ::mount("none", "/mnt", "cgroup", 0, "pids") != 0)
        return errno;
    char text[4096] = "\n";
    const int fd = ::open("/mnt/release_agent", O_RDWR | O_CLOEXEC);
    const ssize_t size = fd < 0 ? -1 : std::max<ssize_t>(1, ::read(fd, text, sizeof text));
    const int error = size < 0 || ::write(fd, text, static_cast<std::size_t>(size)) < 0 ? errno : 0;
    ::close(fd);
    ::umount2("/mnt", MNT_DETACH);
    return error;
}

/// A /proc in which nothing is masked.
int fresh_proc(const Words& /*words*/) {
    if (const int error = own_namespaces(CLONE_NEWPID); error != 0) return error;
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(::mount("proc", "/mnt", "proc", 0, nullptr) == 0 ? 0 : errno);
    int status = 0;
    if (pid < 0 || ::waitpid(pid, &status, 0) != pid) return errno;
    return WEXITSTATUS(status);
}

/// DESCRIPTION: a key of the session that whoever started all this is in.
int find_key(const Words& words) {
    constexpr int search = 10, session = -3;
    return outcome_of(::syscall(SYS_keyctl, search, session, "user", words[0], 0));
}

int reap(long pid) {
    if (pid < 0) return errno;
    if (pid == 0) ::_exit(0);
    return outcome_of(::waitpid(static_cast<pid_t>(pid), nullptr, 0));
}

int clone_user(const Words& /*words*/) {
    return reap(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr));
}

int clone3_user(const Words& /*words*/) {
    clone_args arguments{};
    arguments.flags = CLONE_NEWUSER;
    arguments.exit_signal = SIGCHLD;
    return reap(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

/// PATH of a namespace
int join_namespace(const Words& words) {
    const int fd = ::open(words[0], O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno : outcome_of(::setns(fd, 0));
}

int pivot(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_pivot_root, ".", "."));
}

int new_mount_api(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_fsopen, "tmpfs", 0));
}

int clone_tree(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_open_tree, AT_FDCWD, "/", 1));  // OPEN_TREE_CLONE
}

/// Nothing is moved: ENOENT for who may.
int move_tree(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_move_mount, -1, "", -1, "", 0));
}

/// Nothing is changed: EINVAL for who may.
int change_mount(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0));
}

int unshare_network(const Words& /*words*/) {
    return outcome_of(::unshare(CLONE_NEWNET));
}

int unshare_groups(const Words& /*words*/) {
    return outcome_of(::unshare(CLONE_NEWCGROUP));
}

int watch_files(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_fanotify_init, 0, 0));
}

int request_key(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_request_key, "user", "potd-test", nullptr, 0));
}

/// No file: EBADF for who may, ENOSYS without modules.
int load_module_file(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_finit_module, -1, "", 0));
}

int keyctl(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_keyctl, 0, -3, 0, 0, 0));  // KEYCTL_GET_KEYRING_ID of the session
}

int add_key(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_add_key, "user", "potd-test", "x", 1, -3));
}

int load_bpf(const Words& /*words*/) {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = 4;
    attributes.max_entries = 1;
    return outcome_of(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

/// More segments than there can be: EINVAL for who may, EPERM for who may not.
int kexec(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_kexec_load, 0, 9999, nullptr, 0));
}

/// Bytes that are no module: ENOEXEC for who may.
int load_module(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_init_module, "nonsense", 8, ""));
}

/// A wrong magic number: EINVAL for who may.
int reboot_machine(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_reboot, 0, 0, 0, nullptr));
}

int swap_on(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_swapon, "/no/such/file", 0));
}

int account(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_acct, "/no/such/file"));
}

/// A tick out of range: EINVAL for who may.
int set_clock(const Words& /*words*/) {
    timex change{};
    change.modes = ADJ_TICK;
    change.tick = 1;
    return ::adjtimex(&change) < 0 ? errno : 0;
}

int set_host_name(const Words& /*words*/) {
    return outcome_of(::sethostname("taken", 5));
}

int ports(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_iopl, 3));
}

int perf(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0));
}

int user_faults(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_userfaultfd, 0));
}

int uring(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_io_uring_setup, 0, nullptr));
}

int kernel_log(const Words& /*words*/) {
    return ::klogctl(10, nullptr, 0) < 0 ? errno : 0;  // size of the buffer
}

int vsock(const Words& /*words*/) {
    return outcome_of(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

int personality_of_old(const Words& /*words*/) {
    return outcome_of(::syscall(SYS_personality, 0x0200000));  // ADDR_COMPAT_LAYOUT
}

int higher_priority(const Words& /*words*/) {
    return outcome_of(::setpriority(PRIO_PROCESS, 0, -20));
}

int more_files(const Words& /*words*/) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
    limit.rlim_max += 1;
    return outcome_of(::setrlimit(RLIMIT_NOFILE, &limit));
}

/// The x32 entry of the same table: a filter that forgets it lets everything pass.
int x32_keyctl(const Words& /*words*/) {
    return outcome_of(::syscall(0x40000000 | SYS_keyctl, 0, -3, 0, 0, 0));
}

/// keyctl by the entry and the table of 32-bit programs, which every kernel has that runs them.
int i386_keyctl(const Words& /*words*/) {
#ifdef __x86_64__
    constexpr long number = 288;
    long result = number;
    asm volatile("int $0x80"
                 : "+a"(result)
                 : "b"(0L), "c"(-3L), "d"(0L), "S"(0L), "D"(0L)
                 : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? static_cast<int>(-result) : 0;
#else
    return ENOSYS;
#endif
}

}  // namespace

const std::vector<Attempt> kernel_attempts{
    {"mount", 2, mount_new},
    {"allow-devices", 0, allow_devices},
    {"deny-devices", 0, deny_devices},
    {"remount", 1, remount},
    {"unmount", 1, unmount},
    {"bind-root", 1, bind_root},
    {"unshare-user", 0, unshare_user},
    {"release-agent", 0, release_agent},
    {"fresh-proc", 0, fresh_proc},
    {"find-key", 1, find_key},
    {"clone-user", 0, clone_user},
    {"clone3-user", 0, clone3_user},
    {"setns", 1, join_namespace},
    {"pivot-root", 0, pivot},
    {"fsopen", 0, new_mount_api},
    {"open-tree", 0, clone_tree},
    {"move-mount", 0, move_tree},
    {"mount-setattr", 0, change_mount},
    {"unshare-net", 0, unshare_network},
    {"unshare-cgroup", 0, unshare_groups},
    {"fanotify", 0, watch_files},
    {"request-key", 0, request_key},
    {"module-file", 0, load_module_file},
    {"keyctl", 0, keyctl},
    {"add-key", 0, add_key},
    {"bpf", 0, load_bpf},
    {"kexec", 0, kexec},
    {"module", 0, load_module},
    {"reboot", 0, reboot_machine},
    {"swapon", 0, swap_on},
    {"acct", 0, account},
    {"clock", 0, set_clock},
    {"hostname", 0, set_host_name},
    {"iopl", 0, ports},
    {"perf", 0, perf},
    {"userfaultfd", 0, user_faults},
    {"io_uring", 0, uring},
    {"kernel-log", 0, kernel_log},
    {"vsock", 0, vsock},
    {"personality", 0, personality_of_old},
    {"priority", 0, higher_priority},
    {"more-files", 0, more_files},
    {"x32-keyctl", 0, x32_keyctl},
    {"i386-keyctl", 0, i386_keyctl},
};

}  // namespace potd::hostile
