#include "daemon/platform/posix/tree_attributes.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/extattr.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

struct Space {
    const char* prefix;
    int number;
};
constexpr std::array<Space, 2> spaces{
    {{"user.", EXTATTR_NAMESPACE_USER}, {"system.", EXTATTR_NAMESPACE_SYSTEM}}};

constexpr unsigned long held_flags =
    UF_IMMUTABLE | UF_APPEND | UF_NOUNLINK | SF_IMMUTABLE | SF_APPEND | SF_NOUNLINK;

/// Names as extattr_list_fd(2) gives them: a byte of length, then as many of the name.
core::Result<std::vector<std::string>> names_of(int fd, const Space& space) {
    std::vector<std::string> names;
    const ssize_t size = ::extattr_list_fd(fd, space.number, nullptr, 0);
    if (size < 0 && (errno == EOPNOTSUPP || errno == EPERM)) return names;
    if (size < 0) return core::os_error(errno, "list attributes");
    // What is added meanwhile belongs to the next copy.
    std::vector<char> list(static_cast<std::size_t>(size));
    const ssize_t got = ::extattr_list_fd(fd, space.number, list.data(), list.size());
    if (got < 0) return core::os_error(errno, "list attributes");
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
        const std::size_t length = static_cast<unsigned char>(list[at]);
        if (at + 1 + length > static_cast<std::size_t>(got)) break;
        names.emplace_back(&list[at + 1], length);
        at += 1 + length;
    }
    return names;
}

/// None if it is gone by now.
core::Result<std::optional<std::string>> value_of(int fd, const Space& space, const std::string& name) {
    const ssize_t size = ::extattr_get_fd(fd, space.number, name.c_str(), nullptr, 0);
    if (size < 0 && errno == ENOATTR) return std::optional<std::string>();
    if (size < 0) return core::os_error(errno, "attribute " + name);
    std::string value(static_cast<std::size_t>(size), '\0');
    const ssize_t got = ::extattr_get_fd(fd, space.number, name.c_str(), value.data(), value.size());
    if (got < 0) return core::os_error(errno, "attribute " + name);
    value.resize(static_cast<std::size_t>(got));
    return std::optional<std::string>(std::move(value));
}

const Space* space_of(std::string_view name) {
    for (const Space& space : spaces) {
        if (name.starts_with(space.prefix)) return &space;
    }
    return nullptr;
}

}  // namespace

/// Linux's other namespaces ("security.", "trusted.") mean nothing here and are left out.
core::Status set_attribute(int fd, const std::string& name, std::string_view value) {
    const Space* const space = space_of(name);
    if (space == nullptr) return {};
    const std::string plain = name.substr(std::string_view(space->prefix).size());
    if (::extattr_set_fd(fd, space->number, plain.c_str(), value.data(), value.size()) >= 0) return {};
    const bool privileged = space->number == EXTATTR_NAMESPACE_SYSTEM;
    if (errno == EOPNOTSUPP || (errno == EPERM && privileged && ::geteuid() != 0)) return {};
    return core::os_error(errno, "attribute " + name);
}

core::Result<std::vector<std::pair<std::string, std::string>>> attributes_of(int fd) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const Space& space : spaces) {
        auto names = names_of(fd, space);
        if (!names) return std::move(names).error();
        for (const std::string& name : *names) {
            if (!keeps_attribute(space.prefix + name)) continue;
            auto value = value_of(fd, space, name);
            if (!value) return std::move(value).error();
            if (value->has_value()) found.emplace_back(space.prefix + name, **value);
        }
    }
    return found;
}

bool has_attributes(int fd) {
    return ::extattr_list_fd(fd, EXTATTR_NAMESPACE_USER, nullptr, 0) >= 0 || errno != EOPNOTSUPP;
}

core::Status clear_immutable(int fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) return core::os_error(errno, "read flags");
    const unsigned long wanted = about.st_flags & ~held_flags;
    if (wanted == about.st_flags) return {};
    if (::fchflags(fd, wanted) != 0) return core::os_error(errno, "clear flags");
    return {};
}

core::Status make_enterable(int parent, const std::string& name) {
    if (::fchmodat(parent, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) != 0)
        return core::os_error(errno, name);
    return {};
}

}  // namespace potd::platform
