#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Result<std::vector<char>> attribute_names(int fd) {
    std::vector<char> names;
    while (true) {
        const ssize_t size = ::flistxattr(fd, nullptr, 0);
        if (size < 0 && errno == ENOTSUP) return std::vector<char>();
        if (size < 0) return core::os_error(errno, "list attributes");
        names.resize(static_cast<std::size_t>(size));
        const ssize_t got = ::flistxattr(fd, names.data(), names.size());
        if (got >= 0) {
            names.resize(static_cast<std::size_t>(got));
            return names;
        }
        if (errno != ERANGE) return core::os_error(errno, "list attributes");
    }
}

}  // namespace

core::Status set_attribute(int fd, const std::string& name, std::string_view value) {
    if (::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0) == 0) return {};
    const bool privileged = !name.starts_with("user.");
    if (errno == ENOTSUP || (errno == EPERM && privileged && ::geteuid() != 0)) return {};
    return core::os_error(errno, "attribute " + name);
}

core::Result<std::vector<std::pair<std::string, std::string>>> attributes_of(int fd) {
    auto names = attribute_names(fd);
    if (!names) return std::move(names).error();
    const std::vector<char>& list = names.value();
    std::vector<std::pair<std::string, std::string>> found;
    for (std::size_t at = 0; at < list.size();) {
        const std::string name(&list[at]);
        at += name.size() + 1;
        if (!keeps_attribute(name)) continue;
        std::string value(XATTR_SIZE_MAX, '\0');
        const ssize_t size = ::fgetxattr(fd, name.c_str(), value.data(), value.size());
        if (size < 0 && errno == ENODATA) continue;
        if (size < 0) return core::os_error(errno, "attribute " + name);
        value.resize(static_cast<std::size_t>(size));
        found.emplace_back(name, std::move(value));
    }
    return found;
}

bool has_attributes(int fd) {
    return ::flistxattr(fd, nullptr, 0) >= 0 || errno != EOPNOTSUPP;
}

core::Status clear_immutable(int fd) {
    unsigned flags = 0;
    if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return core::os_error(errno, "read flags");
    const unsigned wanted = flags & ~static_cast<unsigned>(FS_IMMUTABLE_FL | FS_APPEND_FL);
    if (wanted == flags) return {};
    if (::ioctl(fd, FS_IOC_SETFLAGS, &wanted) != 0) return core::os_error(errno, "clear flags");
    return {};
}

core::Status make_enterable(int parent, const std::string& name) {
    const UniqueFd fd(::openat(parent, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return core::os_error(errno, name);
    // fchmod refuses O_PATH descriptors; the link in procfs leads to exactly this inode.
    const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
    if (::chmod(link.c_str(), S_IRWXU) != 0) return core::os_error(errno, name);
    return {};
}

}  // namespace potd::platform
