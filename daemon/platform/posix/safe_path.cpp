#include "daemon/platform/posix/safe_path.hpp"

#include "daemon/platform/posix/safe_path_walk.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

bool can_be_a_path(std::string_view path) {
    return !path.empty() && path.find('\0') == std::string_view::npos;
}

}  // namespace

std::vector<std::string> split_path(std::string_view path) {
    std::vector<std::string> names;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view name = path.substr(0, end);
        if (!name.empty() && name != ".") names.emplace_back(name);
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return names;
}

core::Result<UniqueFd> open_in_root(int root, std::string_view path, const PathOpen& how) {
    if (!can_be_a_path(path)) return core::os_error(ENOENT, "open");
    if (how.resolver == PathResolver::KernelIfAble) {
        auto opened = kernel_open_in_root(root, std::string(path), how);
        if (opened || opened.error().kind != core::ErrorKind::Unsupported) return opened;
    }
    return PathWalk(root, how).open(std::string(path));
}

core::Status make_directory(int parent, const std::string& name, mode_t mode) {
    if (::mkdirat(parent, name.c_str(), mode) != 0) return core::os_error(errno, "mkdir");
    if ((mode & ~static_cast<mode_t>(S_IRWXU)) == 0) return {};  // no umask in use takes of the owner's bits
    const UniqueFd made(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!made || ::fchmod(made.get(), mode) != 0) return core::os_error(errno, "mkdir");
    return {};
}

core::Result<UniqueFd> make_directories_in_root(int root, std::string_view path, mode_t mode,
                                                const PathOpen& how) {
    PathOpen reading = how;
    reading.flags = O_RDONLY | O_DIRECTORY;
    auto current = open_in_root(root, ".", reading);
    std::string prefix;
    for (const std::string& name : split_path(path)) {
        if (!current) return current;
        prefix += "/" + name;
        auto next = open_in_root(root, prefix.substr(1), reading);
        if (!next && next.error().os_error == ENOENT) {
            const auto made = make_directory(current->get(), name, mode);
            if (!made && made.error().os_error != EEXIST) return core::Error(made.error());
            next = open_in_root(root, prefix.substr(1), reading);
        }
        current = std::move(next);
    }
    return current;
}

core::Result<UniqueFd> open_directory(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return core::os_error(errno, path);
    return fd;
}

}  // namespace potd::platform
