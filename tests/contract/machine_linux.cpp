#include "tests/contract/machine.hpp"
#include "tests/support/btrfs_image.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

/// Puts a root together as the runtime would, in the caller's mount namespace.
bool assemble(const core::RootFs& root, const std::filesystem::path& place) {
    if (root.kind == core::RootFs::Kind::Directory) {
        return ::mount(root.path.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }
    std::string options = "upperdir=" + root.upper + ",workdir=" + root.work + ",lowerdir=";
    for (const std::string& layer : root.lower) options += (&layer == root.lower.data() ? "" : ":") + layer;
    return ::mount("overlay", place.c_str(), "overlay", 0, options.c_str()) == 0;
}

}  // namespace

std::filesystem::path btrfs_ground() {
    // Mounted once: making one takes longer than all the cases. It goes with the process, whose mount
    // namespace is its own.
    static const BtrfsImage image;
    return image.place();
}

bool in_shown_root(const core::RootFs& root, const std::filesystem::path& place,
                   const std::function<bool(const std::filesystem::path& root)>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool ready = ::unshare(CLONE_NEWNS) == 0 &&
                           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                           assemble(root, place);
        ::_exit(ready && body(place) ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace potd::test
