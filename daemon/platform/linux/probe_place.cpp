#include "daemon/platform/linux/probe_place.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_remove.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Status fill(int place) {
    for (const char* name : {"lower", "upper", "work", "merged"}) {
        if (auto made = make_directory(place, name, S_IRWXU); !made) return made;
    }
    const UniqueFd file(::openat(place, "lower/file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR));
    return file ? core::Status{} : core::Status(core::os_error(errno, "create"));
}

int run_apart(int place, const std::function<int()>& body) {
    const bool apart = ::fchdir(place) == 0 && ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return apart ? body() : errno;
}

}  // namespace

core::Result<ProbePlace> ProbePlace::make(const std::string& directory) {
    ProbePlace made;
    auto parent = open_directory(directory);
    if (!parent) return std::move(parent).error();
    made.parent_ = std::move(parent).value();
    const std::string pattern = directory + "/.probe-XXXXXX";
    std::vector<char> path(pattern.c_str(), pattern.c_str() + pattern.size() + 1);
    if (::mkdtemp(path.data()) == nullptr) return core::os_error(errno, directory);
    made.name_ = std::string(path.data()).substr(directory.size() + 1);
    auto place = open_directory(path.data());
    if (!place) return std::move(place).error();
    made.place_ = std::move(place).value();
    if (auto filled = fill(made.place_.get()); !filled) {
        auto removed = made.remove();
        return (removed ? std::move(filled) : std::move(removed)).error().in(directory);
    }
    return made;
}

core::Result<int> ProbePlace::in_child(const std::function<int()>& body) const {
    const pid_t child = ::fork();
    if (child < 0) return core::os_error(errno, "fork");
    if (child == 0) ::_exit(run_apart(place_.get(), body));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return core::os_error(errno, "wait");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

core::Status ProbePlace::remove() {
    place_.reset();
    auto removed = remove_tree(parent_.get(), name_);
    return removed ? core::Status{} : core::Status(std::move(removed).error());
}

}  // namespace potd::platform
