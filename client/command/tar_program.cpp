#include "client/command/tar_program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" char** environ;  // NOLINT: POSIX has no header for it

namespace potd::client {
namespace {

Failure tar_cannot(int error, std::string_view what) {
    return failed("cannot " + std::string(what) + " tar: " + std::generic_category().message(error));
}

/// A pipe written to by who is gone is an error of that write, here; tar has the usual way.
int spawn_tar(std::vector<std::string>& words, int end, int stream, pid_t& pid) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t usual;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_adddup2(&actions, end, stream);
    const int error = ::posix_spawnp(&pid, "tar", &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

}  // namespace

Result<TarProgram> TarProgram::pack(const std::string& directory, const std::string& name) {
    return start(
        {"tar", "--format=pax", "--numeric-owner", "--xattrs", "-C", directory, "-cf", "-", "--", name},
        true);
}

Result<TarProgram> TarProgram::unpack(const std::string& directory) {
    return start({"tar", "--numeric-owner", "--xattrs", "-C", directory, "-xpf", "-"}, false);
}

Result<TarProgram> TarProgram::start(std::vector<std::string> words, bool reads) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return tar_cannot(errno, "make a pipe to");
    Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    pid_t pid = -1;
    const int error = reads ? spawn_tar(words, writing.get(), STDOUT_FILENO, pid)
                            : spawn_tar(words, reading.get(), STDIN_FILENO, pid);
    if (error != 0) return tar_cannot(error, "run");
    return TarProgram(pid, reads ? std::move(reading) : std::move(writing));
}

Status TarProgram::finish() {
    pipe_.reset();
    if (pid_ < 0) return Done{};
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
        if (errno == EINTR) continue;
        pid_ = -1;
        return tar_cannot(errno, "wait for");
    }
    pid_ = -1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return Done{};
    return failed(WIFEXITED(status) ? "tar ended with status " + std::to_string(WEXITSTATUS(status))
                                    : "tar was ended by signal " + std::to_string(WTERMSIG(status)));
}

}  // namespace potd::client
