#include "daemon/platform/posix/spawn.hpp"

#include "daemon/platform/linux/child_memory.hpp"
#include "daemon/platform/linux/raw_call.hpp"
#include "daemon/platform/posix/child_signals.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace potd::platform {
namespace {

constexpr std::size_t spawn_stack_size = std::size_t{64} * 1024;
constexpr int program_not_started = 127;

/// What the child needs; it shares our memory until its exec, so it only calls the kernel.
struct ChildArguments {
    const SpawnRequest* request;
    char* const* argv;
    int* failure;  ///< errno of the step that failed, written by the child
};

/// A number that parent and child both see even where the rest of the memory is copied; 0 at first.
class SharedNumber {
  public:
    SharedNumber()
        : at_(::mmap(nullptr, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {}
    SharedNumber(const SharedNumber&) = delete;
    SharedNumber& operator=(const SharedNumber&) = delete;
    ~SharedNumber() {
        if (at_ != MAP_FAILED) ::munmap(at_, sizeof(int));
    }
    /// Null if there is no memory.
    [[nodiscard]] int* get() const { return at_ == MAP_FAILED ? nullptr : static_cast<int*>(at_); }

  private:
    void* at_;
};

/// Puts each descriptor at its position. First all above the highest position, so that none is
/// overwritten before it moved. The program's goes last and closes itself at exec.
int place_descriptors(const SpawnRequest& request) {
    constexpr int room = 16;
    std::array<int, room> moved{};
    const auto count = static_cast<int>(request.descriptors.size());
    for (int at = 0; at < count; ++at) {
        moved.at(static_cast<std::size_t>(at)) =
            ::fcntl(request.descriptors[static_cast<std::size_t>(at)], F_DUPFD_CLOEXEC, count + 1);
        if (moved.at(static_cast<std::size_t>(at)) < 0) return -1;
    }
    const int program = ::fcntl(request.program, F_DUPFD_CLOEXEC, count + 1);
    if (program < 0) return -1;
    for (int at = 0; at < count; ++at) {
        if (::dup2(moved.at(static_cast<std::size_t>(at)), at) < 0) return -1;
    }
    if (::dup3(program, count, O_CLOEXEC) < 0) return -1;
    ::syscall(SYS_close_range, static_cast<unsigned>(count) + 1U, ~0U, 0U);
    return count;
}

/// AddressSanitizer would take its stack for an overrun one.
[[noreturn]] __attribute__((no_sanitize("address"))) void child(void* argument) {
    auto* arguments = static_cast<ChildArguments*>(argument);
    default_signals();
    const int program = place_descriptors(*arguments->request);
    if (program >= 0) {
        std::array<char*, 1> environment{nullptr};
        ::syscall(SYS_execveat, program, "", arguments->argv, environment.data(), AT_EMPTY_PATH);
    }
    *arguments->failure = errno;
    while (true) (void)raw_call(SYS_exit_group, program_not_started);  // no exit handler of ours is met
}

core::Result<int> take_status(int process_fd, int options) {
    siginfo_t info{};
    if (::waitid(P_PIDFD, static_cast<id_t>(process_fd), &info, WEXITED | options) != 0) {
        return core::os_error(errno == ECHILD ? ESRCH : errno, "wait for a child");
    }
    if (info.si_pid == 0) return core::error(core::ErrorKind::Conflict, "the child still runs");
    return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
}

}  // namespace

core::Result<ProcessHandle> spawn(const SpawnRequest& request) {
    alignas(16) static thread_local std::array<std::byte, spawn_stack_size> stack;
    std::vector<char*> argv;
    // execve does not change what it is given.
    for (const std::string& argument : request.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const SharedNumber failure;
    if (failure.get() == nullptr) return core::os_error(errno, "mmap");
    ChildArguments arguments{&request, argv.data(), failure.get()};
    int process = -1;
    clone_args how{};
    how.flags = CLONE_PIDFD | CLONE_VFORK | static_cast<std::uint64_t>(child_memory());
    how.exit_signal = SIGCHLD;
    how.pidfd = reinterpret_cast<std::uintptr_t>(&process);
    how.stack = reinterpret_cast<std::uintptr_t>(stack.data());
    how.stack_size = stack.size();
    if (request.group >= 0) {
        how.flags |= CLONE_INTO_CGROUP;
        how.cgroup = static_cast<std::uint64_t>(request.group);
    }
    const SignalsBlocked blocked;
    const long pid = clone_into(&how, sizeof how, &child, &arguments);
    if (pid < 0) return core::os_error(static_cast<int>(-pid), "clone3");
    UniqueFd owned(process);
    if (*failure.get() != 0) {
        // We run again as soon as it let go of our memory, a little before it is gone.
        const auto status = take_status(owned.get(), 0);
        return status ? core::os_error(*failure.get(), "start a program") : status.error();
    }
    auto identity = identify(static_cast<std::int32_t>(pid));
    if (!identity) return identity.error();
    return ProcessHandle(identity.value(), std::move(owned));
}

core::Result<int> reap(const ProcessHandle& process) {
    return take_status(process.get(), WNOHANG);
}

}  // namespace potd::platform
