#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_sync.hpp"

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Status sync_file(int parent, const std::string& name) {
    const UniqueFd file(::openat(parent, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0) return core::os_error(errno, "write " + name + " to disk");
    return {};
}

/// Its files now; its directories are added to `pending`, by their paths below `root`.
core::Status sync_directory(int root, const std::string& path, std::vector<std::string>& pending) {
    const UniqueFd directory(
        ::openat(root, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_RESOLVE_BENEATH | O_CLOEXEC));
    if (!directory) return core::os_error(errno, path);
    auto names = names_in(directory.get());
    if (!names) return std::move(names).error().in(path);
    for (const std::string& name : *names) {
        auto about = stat_entry(directory.get(), name);
        if (!about) return std::move(about).error().in(path);
        if (S_ISDIR(about->st_mode)) pending.push_back(path + "/" + name);
        if (!S_ISREG(about->st_mode)) continue;
        if (auto synced = sync_file(directory.get(), name); !synced) return std::move(synced).in(path);
    }
    if (::fsync(directory.get()) != 0) return core::os_error(errno, "write " + path + " to disk");
    return {};
}

}  // namespace

/// There is no syncfs(2), and sync(2) only begins.
core::Status bring_to_disk(int root) {
    std::vector<std::string> pending{"."};
    while (!pending.empty()) {
        const std::string path = std::move(pending.back());
        pending.pop_back();
        if (auto synced = sync_directory(root, path, pending); !synced) return synced;
    }
    return {};
}

}  // namespace potd::platform
