#include "daemon/platform/linux/layer_marks.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include <linux/limits.h>
#include <sys/xattr.h>

namespace potd::platform {
namespace {

constexpr std::string_view marks = "trusted.overlay.";
constexpr const char* opaque_mark = "trusted.overlay.opaque";

/// They say where an upper layer's entry came from, or that there are such; a lower layer is not asked.
constexpr std::array<std::string_view, 3> harmless_marks{"trusted.overlay.origin", "trusted.overlay.impure",
                                                         "trusted.overlay.uuid"};

bool is_harmless(std::string_view name) {
    for (const std::string_view one : harmless_marks) {
        if (name == one) return true;
    }
    return false;
}

core::Error not_known(std::string_view name) {
    return core::error(core::ErrorKind::Unsupported, "attribute " + std::string(name));
}

/// `path`: of an entry itself, no link is followed.
core::Result<std::vector<std::string>> names_of(const std::string& path) {
    std::vector<char> list(1024);
    ssize_t size = ::llistxattr(path.c_str(), list.data(), list.size());
    if (size < 0 && errno == ERANGE) {
        list.resize(XATTR_LIST_MAX);
        size = ::llistxattr(path.c_str(), list.data(), list.size());
    }
    if (size < 0 && errno == ENOTSUP) return std::vector<std::string>();
    if (size < 0) return core::os_error(errno, "list attributes");
    std::vector<std::string> names;
    const std::string_view all(list.data(), static_cast<std::size_t>(size));
    for (std::size_t at = 0; at < all.size();) {
        names.emplace_back(&all[at]);
        at += names.back().size() + 1;
    }
    return names;
}

std::string place_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

core::Result<bool> is_opaque(int directory) {
    // By the link's target: "." keeps llistxattr from looking at the link itself.
    auto names = names_of(place_of(directory) + "/.");
    if (!names) return std::move(names).error();
    bool opaque = false;
    for (const std::string& name : *names) {
        if (!name.starts_with(marks) || is_harmless(name)) continue;
        if (name != opaque_mark) return not_known(name);
        std::array<char, 2> value{};
        const ssize_t size = ::fgetxattr(directory, opaque_mark, value.data(), value.size());
        // "x" is another one: whiteouts in it are attributes.
        if (size != 1 || value[0] != 'y') return not_known(name);
        opaque = true;
    }
    return opaque;
}

core::Status mark_opaque(int directory) {
    if (::fsetxattr(directory, opaque_mark, "y", 1, 0) == 0) return {};
    return core::os_error(errno, std::string("attribute ") + opaque_mark);
}

core::Status check_plain(int parent, const std::string& name) {
    auto names = names_of(place_of(parent) + "/" + name);
    if (!names) return std::move(names).error();
    for (const std::string& one : *names) {
        if (one.starts_with(marks) && !is_harmless(one)) return not_known(one);
    }
    return {};
}

core::Status copy_foreign_attributes(int from, int to) {
    auto names = names_of(place_of(from) + "/.");
    if (!names) return std::move(names).error();
    std::vector<char> value(XATTR_SIZE_MAX);
    for (const std::string& name : *names) {
        if (name.starts_with(marks)) continue;
        const ssize_t size = ::fgetxattr(from, name.c_str(), value.data(), value.size());
        if (size < 0) return core::os_error(errno, "attribute " + name);
        if (::fsetxattr(to, name.c_str(), value.data(), static_cast<std::size_t>(size), 0) != 0)
            return core::os_error(errno, "attribute " + name);
    }
    return {};
}

}  // namespace potd::platform
