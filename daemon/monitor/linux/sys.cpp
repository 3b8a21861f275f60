#include "daemon/monitor/sys.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/text.hpp"
#include "daemon/platform/linux/kernel_views.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/wait.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>

namespace potd::monitor::sys {

namespace {

constexpr std::size_t max_fds = 4;

int bind_path(int socket, const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t size = std::strlen(path);
    if (size >= sizeof(address.sun_path)) return -ENAMETOOLONG;
    std::memcpy(address.sun_path, path, size);
    return static_cast<int>(raw_call(SYS_bind, socket, &address, sizeof address));
}

/// The same name through a descriptor of its directory, for paths longer than an address holds.
int bind_long_path(int socket, const char* path) {
    FixedText<4096> directory;
    const std::string_view name = split_path(path, directory);
    const int fd = open_at(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY);
    if (fd < 0) return fd;
    FixedText<sizeof(sockaddr_un::sun_path)> via;
    via.add("/proc/self/fd/").add_number(fd).add("/").add(name);
    const int result = via.overflowed() ? -ENAMETOOLONG : bind_path(socket, via.c_str());
    close(fd);
    return result;
}

int bind_any_path(int socket, const char* path) {
    const int result = bind_path(socket, path);
    return result == -ENAMETOOLONG ? bind_long_path(socket, path) : result;
}

int bind_private(int socket, const char* path) {
    const long old_mask = raw_call(SYS_umask, 0177);
    int result = bind_any_path(socket, path);
    if (result == -EADDRINUSE) {
        result = unlink_at(AT_FDCWD, path);
        if (result >= 0) result = bind_any_path(socket, path);
    }
    raw_call(SYS_umask, old_mask);
    return result;
}

/// Nothing but descriptors can come: no other kind of control data is asked for.
void take_fds(const msghdr& header, Message& message) {
    const cmsghdr* part = CMSG_FIRSTHDR(&header);
    if (part == nullptr) return;
    // The analyzer does not see the kernel write it.
    // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) return;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    message.fd_count = static_cast<int>(count < max_fds ? count : max_fds);
    std::memcpy(message.fds, CMSG_DATA(part), static_cast<std::size_t>(message.fd_count) * sizeof(int));
}

}  // namespace

long read(int fd, void* buffer, std::size_t size) {
    return raw_call(SYS_read, fd, buffer, size);
}

long write(int fd, const void* data, std::size_t size) {
    return raw_call(SYS_write, fd, data, size);
}

void close(int fd) {
    if (fd >= 0) raw_call(SYS_close, fd);
}

int open_at(int directory, const char* path, int flags, unsigned mode) {
    return static_cast<int>(raw_call(SYS_openat, directory, path, flags | O_CLOEXEC, mode));
}

int unlink_at(int directory, const char* path) {
    return static_cast<int>(raw_call(SYS_unlinkat, directory, path, 0));
}

int rename_at(int directory, const char* from, const char* to) {
    return static_cast<int>(raw_call(SYS_renameat2, directory, from, directory, to, 0));
}

int truncate(int fd, std::int64_t size) {
    return static_cast<int>(raw_call(SYS_ftruncate, fd, size));
}

int own_files() {
    return open_at(AT_FDCWD, "/proc/self/fd", O_PATH | O_DIRECTORY);
}

int open_file(int own_files, const char* path) {
    const int seen = open_at(AT_FDCWD, path, O_PATH);
    if (seen < 0) return seen;
    int file = -EINVAL;
    if (file_size(seen) >= 0) {
        // The very file that was looked at, whatever has its name by now.
        FixedText<16> number;
        number.add_number(seen);
        file = open_at(own_files, number.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    }
    close(seen);
    return file;
}

std::int64_t file_size(int fd) {
    struct statx facts {};
    const long result = raw_call(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &facts);
    if (result < 0) return result;
    return S_ISREG(facts.stx_mode) ? static_cast<std::int64_t>(facts.stx_size) : -EINVAL;
}

bool shows_the_kernel(int fd) {
    struct statfs about {};
    return raw_call(SYS_fstatfs, fd, &about) >= 0 &&
           platform::is_kernel_view(static_cast<unsigned long>(about.f_type));
}

int set_nonblocking(int fd) {
    const long flags = raw_call(SYS_fcntl, fd, F_GETFL, 0);
    if (flags < 0) return static_cast<int>(flags);
    return static_cast<int>(raw_call(SYS_fcntl, fd, F_SETFL, flags | O_NONBLOCK));
}

int memory_file() {
    return static_cast<int>(raw_call(SYS_memfd_create, "output", MFD_CLOEXEC));
}

int lock_directory(const char* path) {
    const int directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0) return directory;
    const auto locked = static_cast<int>(raw_call(SYS_flock, directory, LOCK_EX));
    if (locked >= 0) return directory;
    close(directory);
    return locked;
}

int duplicate(int fd) {
    return static_cast<int>(raw_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3));
}

void put_over(int from, int to) {
    raw_call(SYS_dup3, from, to, O_CLOEXEC);
}

long map_file(int fd, std::size_t size, void*& start) {
    const long result = raw_call(SYS_mmap, nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (result < 0) return result;
    start = reinterpret_cast<void*>(result);  // NOLINT(performance-no-int-to-ptr): the kernel's answer
    return 0;
}

void unmap(void* start, std::size_t size) {
    raw_call(SYS_munmap, start, size);
}

long own_pid() {
    return raw_call(SYS_getpid);
}

void reap_pid(long pid) {
    raw_call(SYS_wait4, pid, nullptr, __WALL, nullptr);
}

long execute(const char* path, const char* const* argv, const char* const* env) {
    return raw_call(SYS_execve, path, argv, env);
}

bool exists(const char* path) {
    return raw_call(SYS_faccessat, AT_FDCWD, path, 0) == 0;
}

long poll(std::span<pollfd> entries, int milliseconds) {
    const timespec limit{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
    return raw_call(SYS_ppoll, entries.data(), entries.size(), milliseconds < 0 ? nullptr : &limit, nullptr,
                    0);
}

int listen_at(const char* path) {
    const auto socket =
        static_cast<int>(raw_call(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket < 0) return socket;
    int result = bind_private(socket, path);
    if (result >= 0) result = static_cast<int>(raw_call(SYS_listen, socket, 4));
    if (result >= 0) return socket;
    close(socket);
    return result;
}

int accept(int listener) {
    return static_cast<int>(raw_call(SYS_accept4, listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
}

bool hung_up(int socket) {
    pollfd one{socket, 0, 0};
    const timespec at_once{};
    return raw_call(SYS_ppoll, &one, 1, &at_once, nullptr, 0) > 0;
}

long peer_user(int socket) {
    struct {
        std::int32_t pid;
        std::uint32_t uid, gid;
    } peer{};
    unsigned size = sizeof peer;
    const long result = raw_call(SYS_getsockopt, socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    return result < 0 ? result : static_cast<long>(peer.uid);
}

long receive(int socket, Message& message) {
    alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))];
    iovec part{message.buffer.data(), message.buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const long size = raw_call(SYS_recvmsg, socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (size < 0) return size;
    take_fds(header, message);
    message.truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    message.buffer = message.buffer.first(static_cast<std::size_t>(size));
    return size;
}

long send(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
    alignas(cmsghdr) char control[CMSG_SPACE(max_fds * sizeof(int))];
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty() && fds.size() <= max_fds) {
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(fds.size_bytes());
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds.size_bytes());
        std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
    }
    return raw_call(SYS_sendmsg, socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

std::int64_t wall_ns() {
    timespec now{};
    raw_call(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::int64_t steady_ms() {
    timespec now{};
    raw_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

void give_back(void* start, std::size_t size) {
    constexpr std::uintptr_t page = 4096;
    const auto first = (reinterpret_cast<std::uintptr_t>(start) + page - 1) & ~(page - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(start) + size) & ~(page - 1);
    if (last > first) raw_call(SYS_madvise, first, last - first, MADV_DONTNEED);
}

}  // namespace potd::monitor::sys
