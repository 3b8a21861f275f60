#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

struct pollfd;

/// The system calls the portable parts of potmon need. Every function returns what the call returns,
/// or minus errno; none allocates or takes a lock. Each system has its own sys.cpp.
namespace potd::monitor::sys {

[[nodiscard]] long read(int fd, void* buffer, std::size_t size);
[[nodiscard]] long write(int fd, const void* data, std::size_t size);
void close(int fd);
/// Always with O_CLOEXEC.
[[nodiscard]] int open_at(int directory, const char* path, int flags, unsigned mode = 0);
[[nodiscard]] int unlink_at(int directory, const char* path);
[[nodiscard]] int rename_at(int directory, const char* from, const char* to);
[[nodiscard]] int truncate(int fd, std::int64_t size);
/// This process' own descriptors as files of the caller's /proc, for open_file; -1 where a system needs none.
[[nodiscard]] int own_files();
/// A regular file, links followed, for reading. -EINVAL for anything else: no pipe or device is ever opened
/// where `own_files` is there, and nothing is waited for.
[[nodiscard]] int open_file(int own_files, const char* path);
/// Size of a regular file; -EINVAL for anything else.
[[nodiscard]] std::int64_t file_size(int fd);
/// Whether the kernel makes up what is in the file: it is of procfs or the like.
[[nodiscard]] bool shows_the_kernel(int fd);
[[nodiscard]] int set_nonblocking(int fd);
/// A file of its own that is nowhere but in memory.
[[nodiscard]] int memory_file();
/// A second descriptor of the same, close-on-exec, above the standard three.
[[nodiscard]] int duplicate(int fd);
/// Makes the number `to` another descriptor of `from`, close-on-exec.
void put_over(int from, int to);

/// A file's content in memory, read-only and there at once.
[[nodiscard]] long map_file(int fd, std::size_t size, void*& start);
void unmap(void* start, std::size_t size);

[[nodiscard]] long own_pid();
/// Waits for a child that has ended, or is about to, and forgets its status.
void reap_pid(long pid);
/// execve; returns only on failure.
[[nodiscard]] long execute(const char* path, const char* const* argv, const char* const* env);
/// Whether there is something at the path, links followed.
[[nodiscard]] bool exists(const char* path);

/// How many entries are ready; 0 = none in time. milliseconds < 0: for ever.
[[nodiscard]] long poll(std::span<pollfd> entries, int milliseconds);

/// Waits until no other process has the directory locked; the lock ends when the descriptor is closed, also
/// by the end of the process.
[[nodiscard]] int lock_directory(const char* path);

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
/// Time that never jumps.
[[nodiscard]] std::int64_t steady_ms();

/// Gives the pages inside back to the system; their content becomes zeros.
void give_back(void* start, std::size_t size);

}  // namespace potd::monitor::sys
