#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

/// The system calls the portable parts of potmon need. Every function returns what the call returns,
/// or minus errno; none touches errno, allocates or takes a lock. linux/sys.cpp has them for Linux.
namespace potd::monitor::sys {

[[nodiscard]] long read(int fd, void* buffer, std::size_t size);
[[nodiscard]] long write(int fd, const void* data, std::size_t size);
void close(int fd);
/// Always with O_CLOEXEC.
[[nodiscard]] int open_at(int directory, const char* path, int flags, unsigned mode = 0);
[[nodiscard]] int unlink_at(int directory, const char* path);
[[nodiscard]] int rename_at(int directory, const char* from, const char* to);
[[nodiscard]] int truncate(int fd, std::int64_t size);
/// Size of a regular file; -EINVAL for anything else.
[[nodiscard]] std::int64_t file_size(int fd);
[[nodiscard]] int set_nonblocking(int fd);
/// A file of its own that is nowhere but in memory.
[[nodiscard]] int memory_file();

/// A listening SOCK_SEQPACKET socket, mode 0600, at `path`, which may be longer than an address can hold.
/// A stale socket there is replaced.
[[nodiscard]] int listen_at(const char* path);
[[nodiscard]] int accept(int listener);
/// Whether the other end of a connection is closed.
[[nodiscard]] bool hung_up(int socket);
/// User id of the process at the other end of a unix socket.
[[nodiscard]] long peer_user(int socket);

struct Message {
    std::span<std::byte> buffer;  ///< in: room; out: the message
    int fds[4] = {-1, -1, -1, -1};
    int fd_count = 0;
    bool truncated = false;
};
/// Never waits. 0 = the other end is gone. Descriptors arrive close-on-exec and belong to the caller.
[[nodiscard]] long receive(int socket, Message& message);
/// Never waits, never raises SIGPIPE.
[[nodiscard]] long send(int socket, std::span<const std::byte> bytes, std::span<const int> fds = {});

/// Nanoseconds since 1970.
[[nodiscard]] std::int64_t wall_ns();

/// Gives the pages inside back to the system; their content becomes zeros.
void give_back(void* start, std::size_t size);

}  // namespace potd::monitor::sys
