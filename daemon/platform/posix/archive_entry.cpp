#include "daemon/platform/posix/archive_entry.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"

#include <algorithm>

#include <archive_entry.h>

namespace potd::platform {
namespace {

constexpr std::size_t deepest = 256;

core::Error refuse(std::string_view path, std::string_view why) {
    const std::string shown(core::is_text(path) ? path : "(a name that is not UTF-8)");
    return core::error(core::ErrorKind::InvalidArgument, "entry '" + shown + "': " + std::string(why));
}

/// The bytes as stored, or what libarchive made of another character set.
std::string_view text(const char* bytes, const char* utf8) {
    return bytes != nullptr ? bytes : utf8 != nullptr ? utf8 : "";
}

void read_attributes(archive_entry* entry, ArchiveEntry& result) {
    archive_entry_xattr_reset(entry);
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    while (archive_entry_xattr_next(entry, &name, &value, &size) == 0) {
        if (!keeps_attribute(name)) continue;
        result.attributes.emplace_back(name, std::string(static_cast<const char*>(value), size));
    }
}

core::Status check_type(const ArchiveEntry& entry) {
    const mode_t mode = entry.like.st_mode;
    if (!entry.hardlink.empty()) return {};
    if (S_ISLNK(mode) && entry.symlink.empty()) return refuse(entry.path, "a symlink without a target");
    const bool known = S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
    if (known || is_replaced_device(entry.path, mode)) return {};
    return refuse(entry.path, "device nodes are not taken from archives");
}

}  // namespace

core::Result<std::string> harmless_path(std::string_view path) {
    if (path.empty()) return refuse(path, "has no name");
    if (path.starts_with('/')) return refuse(path, "an absolute path");
    const auto names = split_path(path);
    if (names.size() > deepest) return refuse(path.substr(0, 80), "more than 256 levels of directories");
    if (std::find(names.begin(), names.end(), "..") != names.end()) return refuse(path, "a path with '..'");
    std::string result;
    for (const std::string& name : names) result += (result.empty() ? "" : "/") + name;
    return result;
}

core::Result<ArchiveEntry> read_archive_entry(archive_entry* entry) {
    ArchiveEntry result;
    auto path = harmless_path(text(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry)));
    if (!path) return std::move(path).error();
    result.path = std::move(path).value();
    if (const auto* link = archive_entry_hardlink(entry); link != nullptr) {
        auto other = harmless_path(link);
        if (!other) return std::move(other).error().in("entry '" + result.path + "': hard link to");
        if (other->empty()) return refuse(result.path, "a hard link to the root");
        result.hardlink = std::move(other).value();
    }
    result.symlink = text(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
    result.like = *archive_entry_stat(entry);
    result.size_known = archive_entry_size_is_set(entry) != 0;
    read_attributes(entry, result);
    if (auto type = check_type(result); !type) return std::move(type).error();
    return result;
}

}  // namespace potd::platform
