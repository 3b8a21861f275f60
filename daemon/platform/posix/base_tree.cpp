#include "daemon/platform/posix/base_tree.hpp"

#include "daemon/platform/posix/base_places.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::array<const char*, 3> machine_files{"resolv.conf", "hosts", "hostname"};
constexpr mode_t parent_mode = 0755;

core::Status make_place(int root, const BasePlace& place) {
    const std::string path = place.path;
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    if (auto there = open_in_root(root, path, how); there || there.error().os_error != ENOENT) {
        return there ? core::Status{} : core::Status(std::move(there).error()).in("/" + path);
    }
    const std::size_t end = path.rfind('/');
    const std::string above = end == std::string::npos ? "." : path.substr(0, end);
    auto parent = make_directories_in_root(root, above, parent_mode);
    if (!parent) return std::move(parent).error().in("/" + path);
    return make_directory(parent->get(), path.substr(end + 1), place.mode).in("/" + path);
}

core::Result<UniqueFd> open_etc(int root) {
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    return open_in_root(root, "etc", how).in("/etc");
}

core::Status make_regular(int etc, const std::string& name) {
    auto found = stat_entry(etc, name);
    if (found && S_ISREG(found->st_mode)) return {};
    return write_base_file(etc, name, "").in("/etc/" + name);
}

}  // namespace

core::Status write_base_file(int parent, const std::string& name, std::string_view content) {
    if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) return core::os_error(errno, "replace");
    constexpr int fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd file(::openat(parent, name.c_str(), fresh, S_IRUSR | S_IWUSR));
    if (!file) return core::os_error(errno, "create");
    while (!content.empty()) {
        const ssize_t written = ::write(file.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return core::os_error(errno, "write");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    constexpr mode_t readable = 0644;
    if (::fchmod(file.get(), readable) != 0) return core::os_error(errno, "chmod");
    return {};
}

core::Status complete_base(int root) {
    // Also what a copied directory or a tarball says of its own top: it becomes the pot's "/".
    if (::geteuid() == 0 && ::fchown(root, 0, 0) != 0) return core::os_error(errno, "chown /");
    if (::fchmod(root, parent_mode) != 0) return core::os_error(errno, "chmod /");
    for (const BasePlace& place : base_places()) {
        if (auto made = make_place(root, place); !made) return made;
    }
    auto etc = open_etc(root);
    if (!etc) return std::move(etc).error();
    for (const char* name : machine_files) {
        if (auto made = make_regular(etc->get(), name); !made) return made;
    }
    return {};
}

core::Status empty_machine_files(int root) {
    auto etc = open_etc(root);
    if (!etc) return std::move(etc).error();
    for (const char* name : machine_files) {
        if (auto made = write_base_file(etc->get(), name, ""); !made) return std::move(made).in(name);
    }
    return {};
}

}  // namespace potd::platform
