#include "daemon/platform/linux/seccomp_list.hpp"

#include <array>

namespace potd::platform {
namespace {

constexpr std::array<std::string_view, 15> plain{
    // Files by path.
    "access faccessat faccessat2 open openat openat2 creat close close_range stat stat64 fstat fstat64 "
    "lstat lstat64 newfstatat fstatat64 statx readlink readlinkat link linkat symlink symlinkat unlink "
    "unlinkat rename renameat renameat2 mkdir mkdirat rmdir chdir fchdir getcwd mknod mknodat umask "
    "truncate truncate64 ftruncate ftruncate64 utime utimes utimensat utimensat_time64 futimesat "
    "statfs statfs64 fstatfs fstatfs64 getdents getdents64 name_to_handle_at",
    "chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 lchown lchown32 fchownat getxattr "
    "lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr "
    "lremovexattr fremovexattr",
    // Reading, writing, waiting on descriptors.
    "read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 lseek _llseek sendfile "
    "sendfile64 splice tee vmsplice copy_file_range readahead fadvise64 fadvise64_64 arm_fadvise64_64 "
    "fallocate fsync fdatasync sync syncfs sync_file_range sync_file_range2 dup dup2 dup3 fcntl fcntl64 "
    "flock ioctl pipe pipe2 memfd_create memfd_secret cachestat",
    "poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_create epoll_create1 "
    "epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd "
    "signalfd4 timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64 "
    "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark",
    "io_setup io_submit io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64",
    // Sockets; socket itself is restricted by family.
    "socketpair socketcall bind listen accept accept4 connect getsockname getpeername getsockopt "
    "setsockopt send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64 shutdown",
    // Memory.
    "brk mmap mmap2 munmap mremap mprotect pkey_alloc pkey_free pkey_mprotect madvise mincore msync mlock "
    "mlock2 mlockall munlock munlockall remap_file_pages membarrier process_mrelease map_shadow_stack mseal",
    // Processes and threads; clone and clone3 are restricted.
    "fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid getpgrp "
    "setpgid getsid setsid set_tid_address set_robust_list get_robust_list set_thread_area "
    "get_thread_area arch_prctl modify_ldt prctl rseq pidfd_open pidfd_send_signal futex futex_time64 "
    "futex_waitv futex_wait futex_wake futex_requeue restart_syscall getcpu prlimit64 getrlimit ugetrlimit "
    "setrlimit getrusage times seccomp",
    "ptrace process_vm_readv process_vm_writev process_madvise",
    // Signals.
    "kill tkill tgkill sigaction rt_sigaction sigprocmask rt_sigprocmask sigpending rt_sigpending "
    "sigsuspend rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_sigqueueinfo rt_tgsigqueueinfo "
    "sigreturn rt_sigreturn sigaltstack signal pause alarm",
    // Identity.
    "getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid "
    "getresgid32 getgroups getgroups32 setuid setuid32 setgid setgid32 setreuid setreuid32 setregid "
    "setregid32 setresuid setresuid32 setresgid setresgid32 setfsuid setfsuid32 setfsgid setfsgid32 "
    "setgroups setgroups32 capget capset landlock_create_ruleset landlock_add_rule landlock_restrict_self",
    // Time.
    "time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep "
    "clock_nanosleep_time64 nanosleep getitimer setitimer timer_create timer_settime timer_settime64 "
    "timer_gettime timer_gettime64 timer_getoverrun timer_delete adjtimex clock_adjtime clock_adjtime64",
    // Scheduling.
    "sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler "
    "sched_setscheduler sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min "
    "sched_rr_get_interval sched_rr_get_interval_time64 getpriority setpriority nice ioprio_get ioprio_set",
    // System V and POSIX IPC, private to the pot.
    "ipc shmget shmat shmctl shmdt semget semop semctl semtimedop semtimedop_time64 msgget msgsnd msgrcv "
    "msgctl mq_open mq_unlink mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 "
    "mq_notify mq_getsetattr",
    // The machine, read only.
    "uname sysinfo getrandom",
};

constexpr std::array conditional{
    ConditionalCalls{"SYS_ADMIN",
                     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount "
                     "mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname "
                     "sethostname setns syslog umount umount2 unshare pivot_root"},
    ConditionalCalls{"SYS_CHROOT", "chroot"},
    ConditionalCalls{"DAC_READ_SEARCH", "open_by_handle_at"},
    ConditionalCalls{"SYS_PTRACE", "kcmp pidfd_getfd"},
    ConditionalCalls{"SYS_MODULE", "init_module finit_module delete_module"},
    ConditionalCalls{"SYS_BOOT", "reboot"},
    ConditionalCalls{"SYS_TIME", "settimeofday stime clock_settime clock_settime64"},
    ConditionalCalls{"SYS_RAWIO", "iopl ioperm"},
    ConditionalCalls{"SYS_PACCT", "acct"},
    ConditionalCalls{"SYS_TTY_CONFIG", "vhangup"},
    ConditionalCalls{"SYS_NICE", "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    ConditionalCalls{"SYSLOG", "syslog"},
    ConditionalCalls{"BPF", "bpf"},
    ConditionalCalls{"PERFMON", "perf_event_open"},
};

}  // namespace

std::span<const std::string_view> always_allowed() {
    return plain;
}

std::span<const ConditionalCalls> allowed_by_capability() {
    return conditional;
}

CapabilityMask filter_capabilities() {
    CapabilityMask mask = 0;
    for (const ConditionalCalls& calls : conditional) mask |= capability_bit(calls.capability);
    return mask;
}

}  // namespace potd::platform
