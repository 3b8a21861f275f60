// Attempts on files that are not the pot's.
#include "tests/system/hostile/attempt.hpp"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace potd::hostile {
namespace {

int open_and_close(const char* path, int flags) {
    const int fd = ::open(path, flags | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    ::close(fd);
    return 0;
}

int open_write(const Words& words) {
    return open_and_close(words[0], O_WRONLY);
}

/// Opening is not enough: a masked file opens and is empty.
int read_byte(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    char byte = 0;
    const ssize_t got = ::read(fd, &byte, 1);
    const int error = got < 0 ? errno : got == 0 ? ENODATA : 0;
    ::close(fd);
    return error;
}

int read_file(const Words& words) {
    return read_byte(words[0]);
}

/// TYPE (b or c) MAJOR MINOR PATH: makes the node and reads from it.
int read_device(const Words& words) {
    const mode_t type = words[0][0] == 'b' ? S_IFBLK : S_IFCHR;
    const dev_t device =
        makedev(static_cast<unsigned>(number_of(words[1])), static_cast<unsigned>(number_of(words[2])));
    if (::mknod(words[3], type | 0600, device) != 0) return errno;
    const int error = read_byte(words[3]);
    ::unlink(words[3]);
    return error;
}

bool harmless(const char* link) {
    for (const char* start : {"pipe:", "socket:", "/dev/null", "/dev/pts", "/dev/console", "anon_inode:"}) {
        if (std::strncmp(link, start, std::strlen(start)) == 0) return true;
    }
    return false;
}

/// PID: descriptors of that process which lead to files.
int descriptors(const Words& words) {
    char path[PATH_MAX];
    static_cast<void>(std::snprintf(path, sizeof path, "/proc/%s/fd", words[0]));
    DIR* directory = ::opendir(path);
    if (directory == nullptr) return errno;
    int error = ENOENT;
    while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
        const int fd = number_of(entry->d_name);
        if (entry->d_name[0] == '.' || (std::strcmp(words[0], "self") == 0 && fd == ::dirfd(directory)))
            continue;
        char link[PATH_MAX] = {};
        if (::readlinkat(::dirfd(directory), entry->d_name, link, sizeof link - 1) < 0 || harmless(link))
            continue;
        std::printf("# %s is %s\n", entry->d_name, link);
        error = 0;
    }
    ::closedir(directory);
    return error;
}

/// PID: its program opened for writing, directly and by way of a descriptor, unless it is sealed.
int overwrite_program(const Words& words) {
    char path[PATH_MAX];
    static_cast<void>(std::snprintf(path, sizeof path, "/proc/%s/exe", words[0]));
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals >= 0 && (seals & F_SEAL_WRITE) != 0) return EPERM;
    static_cast<void>(std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd));
    return open_and_close(path, O_WRONLY);
}

/// MARKER: leaves a chroot by a kept directory and looks for a file that only the host has.
int escape_chroot(const Words& words) {
    ::mkdir("/cage", 0700);
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || ::chroot("/cage") != 0 || ::fchdir(root) != 0) return errno;
    for (int i = 0; i < 100; ++i) {
        if (::chdir("..") != 0) return errno;
    }
    if (::chroot(".") != 0) return errno;
    return outcome_of(::access(words[0], F_OK));
}

/// PID MARKER: looks for it through the root and the working directory of another process.
int through_root(const Words& words) {
    char path[PATH_MAX];
    static_cast<void>(std::snprintf(path, sizeof path, "/proc/%s/root%s", words[0], words[1]));
    if (::access(path, F_OK) == 0) return 0;
    static_cast<void>(std::snprintf(path, sizeof path, "/proc/%s/cwd%s", words[0], words[1]));
    return outcome_of(::access(path, F_OK));
}

/// A file opened by its handle instead of its name: reaches the whole file system.
int open_by_handle(const Words& /*words*/) {
    alignas(file_handle) char room[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
    auto* handle = reinterpret_cast<file_handle*>(room);
    handle->handle_bytes = MAX_HANDLE_SZ;
    int mount_id = 0;
    if (::name_to_handle_at(AT_FDCWD, "/", handle, &mount_id, 0) != 0) {
        // Not every file system has handles; the rights are looked at first in any case.
        handle->handle_bytes = 8;
        handle->handle_type = 1;
    }
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return outcome_of(::open_by_handle_at(root, handle, O_RDONLY));
}

}  // namespace

const std::vector<Attempt> file_attempts{
    {"open-write", 1, open_write},       {"read", 1, read_file},
    {"read-device", 4, read_device},     {"descriptors", 1, descriptors},
    {"overwrite", 1, overwrite_program}, {"escape-chroot", 1, escape_chroot},
    {"through-root", 2, through_root},   {"open-by-handle", 0, open_by_handle},
};

}  // namespace potd::hostile
