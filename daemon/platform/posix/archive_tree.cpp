#include "daemon/platform/posix/archive_tree.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Error refuse(const std::string& why) {
    return core::error(core::ErrorKind::InvalidArgument, why);
}

std::string last_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 == 0
}

/// A later entry takes the place of an earlier one, but never of a directory with what is in it.
core::Status make_room(int parent, const std::string& name) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return {};
    if (errno == EISDIR || errno == EPERM) return refuse("would replace a directory");
    return core::os_error(errno, "replace");
}

core::Status make_or_keep_directory(int parent, const std::string& name) {
    auto found = stat_entry(parent, name);
    if (found && S_ISDIR(found->st_mode)) return {};
    if (auto room = make_room(parent, name); !room) return room;
    return make_directory(parent, name, S_IRWXU);
}

core::Status apply(const ArchiveEntry& entry, int fd) {
    if (auto owned = apply_owner_and_mode(fd, entry.like); !owned) return owned;
    for (const auto& [name, value] : entry.attributes) {
        if (auto set = set_attribute(fd, name, value); !set) return set;
    }
    return apply_times(fd, entry.like);
}

}  // namespace

core::Result<UniqueFd> ArchiveTree::parent_of(const std::string& path) const {
    const std::size_t end = path.rfind('/');
    constexpr mode_t unnamed_mode = 0755;
    PathOpen how;
    how.escape = Escape::Refuse;
    const std::string parent = end == std::string::npos ? "." : path.substr(0, end);
    auto opened = make_directories_in_root(root_, parent, unnamed_mode, how);
    if (opened) return opened;
    const int reason = opened.error().os_error;
    if (reason == EXDEV) return refuse("its path goes through a symlink that leads out of the root");
    if (reason == ELOOP || reason == ENOTDIR || reason == ENOENT || reason == EEXIST) {
        return refuse("its path goes through something that is no directory");
    }
    return opened;
}

core::Result<UniqueFd> ArchiveTree::add(const ArchiveEntry& entry) {
    if (entry.path.empty()) return UniqueFd();
    const std::string context = "entry '" + entry.path + "'";
    auto parent = parent_of(entry.path);
    if (!parent) return std::move(parent).in(context);
    const std::string name = last_name(entry.path);
    if (!entry.hardlink.empty()) return link(parent->get(), name, entry).in(context);
    return make(parent->get(), name, entry).in(context);
}

core::Result<UniqueFd> ArchiveTree::make(int parent, const std::string& name, const ArchiveEntry& entry) {
    const mode_t mode = entry.like.st_mode;
    if (S_ISCHR(mode) || S_ISSOCK(mode)) return UniqueFd();
    if (S_ISDIR(mode)) {
        auto made = make_or_keep_directory(parent, name);
        if (!made) return std::move(made).error();
        directories_[entry.path] = entry;
        return UniqueFd();
    }
    if (auto room = make_room(parent, name); !room) return std::move(room).error();
    if (S_ISREG(mode)) {
        constexpr int fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        UniqueFd file(::openat(parent, name.c_str(), fresh, S_IRUSR | S_IWUSR));
        return file ? core::Result<UniqueFd>(std::move(file)) : core::os_error(errno, "create");
    }
    const bool made = S_ISLNK(mode) ? ::symlinkat(entry.symlink.c_str(), parent, name.c_str()) == 0
                                    : ::mkfifoat(parent, name.c_str(), S_IRUSR | S_IWUSR) == 0;
    if (!made) return core::os_error(errno, "create");
    if (auto applied = apply_to_entry(parent, name, entry.like); !applied) return std::move(applied).error();
    return UniqueFd();
}

core::Result<UniqueFd> ArchiveTree::link(int parent, const std::string& name, const ArchiveEntry& entry) {
    auto other_parent = parent_of(entry.hardlink);
    if (!other_parent) return std::move(other_parent).in("hard link to '" + entry.hardlink + "'");
    const std::string other = last_name(entry.hardlink);
    auto found = stat_entry(other_parent->get(), other);
    if (!found || S_ISDIR(found->st_mode)) {
        return refuse("a hard link to '" + entry.hardlink + "', which the archive did not bring as a file");
    }
    if (entry.hardlink != entry.path) {
        if (auto room = make_room(parent, name); !room) return std::move(room).error();
        if (::linkat(other_parent->get(), other.c_str(), parent, name.c_str(), 0) != 0) {
            return core::os_error(errno, "hard link");
        }
    }
    // cpio brings the content with the last name of a file.
    if (entry.like.st_size == 0 || !S_ISREG(found->st_mode)) return UniqueFd();
    return open_emptied(parent, name);
}

core::Status ArchiveTree::close_file(const ArchiveEntry& entry, int file) {
    if (entry.size_known && ::ftruncate(file, entry.like.st_size) != 0) {
        return core::os_error(errno, "entry '" + entry.path + "': set size");
    }
    // A hard link's own mode is not always stored; its first name has brought it.
    if (!entry.hardlink.empty() && (entry.like.st_mode & S_IFMT) != S_IFREG) return {};
    return apply(entry, file).in("entry '" + entry.path + "'");
}

core::Status ArchiveTree::finish() {
    // From the last name to the first: what is inside comes before what it is in.
    for (auto entry = directories_.rbegin(); entry != directories_.rend(); ++entry) {
        if (auto done = finish_directory(entry->second); !done) {
            return std::move(done).in("entry '" + entry->first + "'");
        }
    }
    return {};
}

core::Status ArchiveTree::finish_directory(const ArchiveEntry& entry) const {
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
    how.escape = Escape::Refuse;
    auto directory = open_in_root(root_, entry.path, how);
    if (!directory) return std::move(directory).error();
    return apply(entry, directory->get());
}

}  // namespace potd::platform
