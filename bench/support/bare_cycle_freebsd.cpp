#include "bench/support/bare_cycle.hpp"
#include "bench/support/statistics.hpp"
#include "tests/support/root_tree.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::bench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* step) {
    throw std::system_error(errno, std::generic_category(), std::string("bare cycle: ") + step);
}

iovec word(const char* text) {
    return {const_cast<char*>(text), std::strlen(text) + 1};
}

int make_jail(const std::string& root) {
    static const std::string name = "potd-bench" + std::to_string(::getpid());
    std::array<iovec, 6> parts{word("path"),       word(root.c_str()), word("name"),
                               word(name.c_str()), word("persist"),    iovec{nullptr, 0}};
    return ::jail_set(parts.data(), static_cast<unsigned>(parts.size()), JAIL_CREATE);
}

[[noreturn]] void be_container(int jail) {
    std::array<char*, 2> argv{const_cast<char*>("/usr/bin/true"), nullptr};  // NOLINT: execve takes no const
    std::array<char*, 1> env{nullptr};
    if (::jail_attach(jail) == 0) ::execve(argv[0], argv.data(), env.data());
    ::_exit(120);
}

}  // namespace

BareCycle::BareCycle(const fs::path& directory) : directory_(directory) {
    test::make_root_tree(directory_ / "base", {"true"});
}

double BareCycle::run() {
    const std::string root = directory_ / "base";
    const Stopwatch watch;
    const int jail = make_jail(root);
    if (jail < 0) fail("jail_set");
    const pid_t pid = ::vfork();
    if (pid < 0) fail("vfork");
    if (pid == 0) be_container(jail);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    if (::jail_remove(jail) != 0) fail("jail_remove");
    errno = EPERM;
    if (status != 0) fail("exec");
    return watch.ms();
}

}  // namespace potd::bench
