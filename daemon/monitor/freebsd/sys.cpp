#include "daemon/monitor/sys.hpp"

#include "daemon/monitor/text.hpp"
#include "daemon/platform/freebsd/kernel_views.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/param.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/ucred.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
// after sys/param.h
#include <sys/mount.h>

namespace potd::monitor::sys {

namespace {

constexpr std::size_t max_fds = 4;
/// A whole frame and the kernel's own bookkeeping; the default of a local packet socket is 8 KiB.
constexpr int socket_room = 256 * 1024;

/// What a call returned, or minus errno.
template <class Number>
Number answer(Number result) {
    return result < 0 ? static_cast<Number>(-errno) : result;
}

int bind_name(int socket, int directory, std::string_view name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof(address.sun_path)) return -ENAMETOOLONG;
    std::memcpy(address.sun_path, name.data(), name.size());
    address.sun_len = static_cast<unsigned char>(SUN_LEN(&address));
    return answer(::bindat(directory, socket, reinterpret_cast<const sockaddr*>(&address), address.sun_len));
}

/// By the last name in its directory: an address holds 104 characters, a path may have more.
int bind_private(int socket, const char* path) {
    FixedText<4096> directory;
    const std::string_view name = split_path(path, directory);
    const int fd = open_at(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
    if (fd < 0) return fd;
    const mode_t old_mask = ::umask(0177);
    int result = bind_name(socket, fd, name);
    if (result == -EADDRINUSE) {
        result = unlink_at(AT_FDCWD, path);
        if (result >= 0) result = bind_name(socket, fd, name);
    }
    ::umask(old_mask);
    close(fd);
    return result;
}

/// The kernel takes no packet that is longer than the sender's buffer.
int give_room(int socket) {
    for (const int option : {SO_SNDBUF, SO_RCVBUF}) {
        if (::setsockopt(socket, SOL_SOCKET, option, &socket_room, sizeof socket_room) != 0) return -errno;
    }
    return 0;
}

void take_fds(msghdr& header, Message& message) {
    const cmsghdr* part = CMSG_FIRSTHDR(&header);
    if (part == nullptr || part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) return;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    message.fd_count = static_cast<int>(count < max_fds ? count : max_fds);
    std::memcpy(message.fds, CMSG_DATA(part), static_cast<std::size_t>(message.fd_count) * sizeof(int));
}

/// Room for descriptors, aligned as the kernel wants it.
union Control {
    char bytes[CMSG_SPACE(max_fds * sizeof(int))];
    cmsghdr alignment;
};

}  // namespace

long read(int fd, void* buffer, std::size_t size) {
    return answer(::read(fd, buffer, size));
}

long write(int fd, const void* data, std::size_t size) {
    return answer(::write(fd, data, size));
}

void close(int fd) {
    if (fd >= 0) ::close(fd);
}

int open_at(int directory, const char* path, int flags, unsigned mode) {
    return answer(::openat(directory, path, flags | O_CLOEXEC, mode));
}

int unlink_at(int directory, const char* path) {
    return answer(::unlinkat(directory, path, 0));
}

int rename_at(int directory, const char* from, const char* to) {
    return answer(::renameat(directory, from, directory, to));
}

int truncate(int fd, std::int64_t size) {
    return answer(::ftruncate(fd, size));
}

int own_files() {
    return -1;
}

/// Where a jail has device nodes at all they are those its ruleset shows, which it may open as well.
int open_file(int /*own_files*/, const char* path) {
    const int file = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file < 0 || file_size(file) >= 0) return file;
    close(file);
    return -EINVAL;
}

std::int64_t file_size(int fd) {
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return -errno;
    return S_ISREG(facts.st_mode) ? static_cast<std::int64_t>(facts.st_size) : -EINVAL;
}

bool shows_the_kernel(int fd) {
    struct statfs about {};
    return ::fstatfs(fd, &about) == 0 && platform::is_kernel_view(about.f_fstypename);
}

int set_nonblocking(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    return flags < 0 ? -errno : answer(::fcntl(fd, F_SETFL, flags | O_NONBLOCK));
}

int memory_file() {
    return answer(::memfd_create("output", MFD_CLOEXEC));
}

int lock_directory(const char* path) {
    const int directory = open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0) return directory;
    const int locked = answer(::flock(directory, LOCK_EX));
    if (locked >= 0) return directory;
    close(directory);
    return locked;
}

int duplicate(int fd) {
    return answer(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

void put_over(int from, int to) {
    ::dup3(from, to, O_CLOEXEC);
}

long map_file(int fd, std::size_t size, void*& start) {
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_PREFAULT_READ, fd, 0);
    if (at == MAP_FAILED) return -errno;
    start = at;
    return 0;
}

void unmap(void* start, std::size_t size) {
    ::munmap(start, size);
}

long own_pid() {
    return ::getpid();
}

void reap_pid(long pid) {
    while (::waitpid(static_cast<pid_t>(pid), nullptr, 0) < 0 && errno == EINTR) {
    }
}

long execute(const char* path, const char* const* argv, const char* const* env) {
    // execve does not change what it is given.
    ::execve(path, const_cast<char* const*>(argv), const_cast<char* const*>(env));
    return -errno;
}

bool exists(const char* path) {
    return ::access(path, F_OK) == 0;
}

long poll(std::span<pollfd> entries, int milliseconds) {
    return answer(::poll(entries.data(), static_cast<nfds_t>(entries.size()), milliseconds));
}

int listen_at(const char* path) {
    const int socket = answer(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket < 0) return socket;
    int result = give_room(socket);
    if (result >= 0) result = bind_private(socket, path);
    if (result >= 0) result = answer(::listen(socket, 4));
    if (result >= 0) return socket;
    close(socket);
    return result;
}

int accept(int listener) {
    const int socket = answer(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket < 0) return socket;
    const int result = give_room(socket);
    if (result >= 0) return socket;
    close(socket);
    return result;
}

bool hung_up(int socket) {
    pollfd one{socket, 0, 0};
    return ::poll(&one, 1, 0) > 0;
}

long peer_user(int socket) {
    xucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_LOCAL, LOCAL_PEERCRED, &peer, &size) != 0) return -errno;
    return static_cast<long>(peer.cr_uid);
}

long receive(int socket, Message& message) {
    Control control;
    iovec part{message.buffer.data(), message.buffer.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    const long size = answer(::recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    if (size < 0) return size;
    take_fds(header, message);
    message.truncated = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    message.buffer = message.buffer.first(static_cast<std::size_t>(size));
    return size;
}

long send(int socket, std::span<const std::byte> bytes, std::span<const int> fds) {
    Control control{};
    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!fds.empty() && fds.size() <= max_fds) {
        header.msg_control = control.bytes;
        header.msg_controllen = static_cast<socklen_t>(CMSG_SPACE(fds.size_bytes()));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = static_cast<socklen_t>(CMSG_LEN(fds.size_bytes()));
        std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
    }
    return answer(::sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL));
}

std::int64_t wall_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::int64_t steady_ms() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

void give_back(void* start, std::size_t size) {
    constexpr std::uintptr_t page = 4096;
    const auto first = (reinterpret_cast<std::uintptr_t>(start) + page - 1) & ~(page - 1);
    const auto last = (reinterpret_cast<std::uintptr_t>(start) + size) & ~(page - 1);
    // Fresh pages over the old ones: madvise(2) promises no zeros here.
    if (last > first)
        ::mmap(reinterpret_cast<void*>(first), last - first, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANON | MAP_FIXED, -1, 0);
}

}  // namespace potd::monitor::sys
