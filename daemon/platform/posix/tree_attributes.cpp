#include "daemon/platform/posix/tree_attributes.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// potd stays who it was started as.
bool may_give_away() {
    static const bool is_root = ::geteuid() == 0;
    return is_root;
}

}  // namespace

bool keeps_attribute(std::string_view name) {
    return !name.starts_with("trusted.overlay.") && !name.starts_with("user.overlay.");
}

core::Status copy_attributes(int from, int to) {
    auto found = attributes_of(from);
    if (!found) return std::move(found).error();
    for (const auto& [name, value] : found.value()) {
        if (auto set = set_attribute(to, name, value); !set) return set;
    }
    return {};
}

core::Status apply_owner_and_mode(int fd, const struct stat& like) {
    if (may_give_away() && ::fchown(fd, like.st_uid, like.st_gid) != 0) return core::os_error(errno, "chown");
    if (::fchmod(fd, like.st_mode & 07777) != 0) return core::os_error(errno, "chmod");
    return {};
}

core::Status apply_times(int fd, const struct stat& like) {
    const std::array<timespec, 2> times{like.st_atim, like.st_mtim};
    if (::futimens(fd, times.data()) != 0) return core::os_error(errno, "set times");
    return {};
}

core::Status apply_to_entry(int parent, const std::string& name, const struct stat& like) {
    const char* path = name.c_str();
    if (may_give_away() && ::fchownat(parent, path, like.st_uid, like.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
        return core::os_error(errno, "chown");
    }
    // A pot that runs may put a link in its place meanwhile, which would lead this process through the host.
    const bool has_mode = !S_ISLNK(like.st_mode);
    if (has_mode && ::fchmodat(parent, path, like.st_mode & 07777, AT_SYMLINK_NOFOLLOW) != 0) {
        return core::os_error(errno, "chmod");
    }
    const std::array<timespec, 2> times{like.st_atim, like.st_mtim};
    if (::utimensat(parent, path, times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
        return core::os_error(errno, "set times");
    }
    return {};
}

bool is_replaced_device(std::string_view path, mode_t mode) {
    constexpr std::string_view place = "dev/";
    return S_ISCHR(mode) && path.starts_with(place) && path.find('/', place.size()) == std::string_view::npos;
}

}  // namespace potd::platform
