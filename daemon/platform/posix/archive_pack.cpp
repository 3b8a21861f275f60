#include "daemon/platform/posix/archive_pack.hpp"

#include "core/model/id_ranges.hpp"
#include "daemon/platform/posix/regular_file.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tar_writer.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t piece_size = std::size_t{256} * 1024;
constexpr unsigned deepest_packed = 256;
constexpr std::uint32_t nobody_id = 65'534;

/// Where a path leads: the directory that holds its last component, and that.
struct PackStart {
    UniqueFd parent;
    std::string name;  ///< empty: the parent itself
};

core::Result<PackStart> find_start(int root, const std::string& path) {
    const std::vector<std::string> names = split_path(path);
    const bool whole = names.empty() || path.ends_with("/.") || names.back() == "..";
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    std::string above = ".";
    for (std::size_t i = 0; i + (whole ? 0 : 1) < names.size(); ++i) above += "/" + names[i];
    auto parent = open_in_root(root, above, how);
    if (!parent) return std::move(parent).error();
    return PackStart{std::move(parent).value(), whole ? std::string() : names.back()};
}

class Packing {
  public:
    explicit Packing(const PackOptions& options) : options_(options) { piece_.reserve(piece_size); }

    core::Status add_tree(int directory, const std::string& path, unsigned depth) {
        struct stat about {};
        if (::fstat(directory, &about) != 0) return core::os_error(errno, path);
        if (auto added = add_member(directory, path + "/", about); !added) return added;
        return shows_the_kernel(directory) ? core::Status() : add_content(directory, path, depth);
    }

    /// One name in a directory; what has gone meanwhile was never there.
    core::Status add(int parent, const std::string& name, const std::string& path, unsigned depth) {
        auto found = stat_entry(parent, name);
        if (!found) return found.error().os_error == ENOENT ? core::Status() : core::Status(found.error());
        if (S_ISDIR(found->st_mode)) return add_directory(parent, name, path, depth);
        if (is_further_name(*found)) return add_hard_link(path, *found);
        if (S_ISREG(found->st_mode)) return add_file(parent, name, path);
        if (S_ISLNK(found->st_mode)) return add_symlink(parent, name, path, *found);
        if (S_ISFIFO(found->st_mode)) return add_member(-1, path, *found);
        return {};
    }

    core::Status finish() {
        if (auto ended = write(tar_end()); !ended) return ended;
        return flush();
    }

  private:
    using Inode = std::pair<dev_t, ino_t>;

    core::Status add_content(int directory, const std::string& path, unsigned depth) {
        if (depth == deepest_packed)
            return core::error(core::ErrorKind::Conflict, "more than 256 levels of directories");
        auto names = names_in(directory);
        if (!names) return std::move(names).error().in(path);
        for (const std::string& name : names.value()) {
            auto added = add(directory, name, std::string(path).append("/").append(name), depth + 1);
            if (!added) return added;
        }
        return {};
    }

    core::Status add_directory(int parent, const std::string& name, const std::string& path, unsigned depth) {
        const UniqueFd directory(
            ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory) return is_gone() ? core::Status() : core::Status(core::os_error(errno, path));
        return add_tree(directory.get(), path, depth);
    }

    core::Status add_file(int parent, const std::string& name, const std::string& path) {
        auto opened = open_regular(parent, name, O_RDONLY);
        if (!opened) return left_out(std::move(opened).error(), path);
        const int file = opened->get();
        struct stat about {};
        if (::fstat(file, &about) != 0) return core::os_error(errno, path);
        if (shows_the_kernel(file)) return {};
        remember(about, path);
        if (auto added = add_member(file, path, about); !added) return added;
        return add_bytes(file, path, static_cast<std::uint64_t>(about.st_size));
    }

    core::Status add_bytes(int file, const std::string& path, std::uint64_t size) {
        std::uint64_t left = size;
        while (left > 0) {
            const std::size_t start = piece_.size();
            const std::size_t part = std::min<std::uint64_t>(left, piece_size - start);
            piece_.resize(start + part);
            const ssize_t got = ::read(file, &piece_[start], part);
            if (got < 0 && errno != EINTR) return core::os_error(errno, path);
            piece_.resize(start + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            left -= piece_.size() - start;
            if (got == 0) return add_zeros(left + tar_padding(size));  // it has become shorter
            if (auto room = make_room(); !room) return room;
        }
        return add_zeros(tar_padding(size));
    }

    core::Status add_zeros(std::uint64_t count) {
        while (count > 0) {
            const std::size_t part = std::min<std::uint64_t>(count, piece_size - piece_.size());
            piece_.append(part, '\0');
            count -= part;
            if (auto room = make_room(); !room) return room;
        }
        return {};
    }

    core::Status add_symlink(int parent, const std::string& name, const std::string& path,
                             const struct stat& about) {
        std::string target(4096, '\0');
        const ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
        if (size < 0) return is_gone() || errno == EINVAL ? core::Status() : core::os_error(errno, path);
        target.resize(static_cast<std::size_t>(size));
        remember(about, path);
        TarMember member = member_of(path, about);
        member.link = std::move(target);
        return write(tar_header(member));
    }

    core::Status add_hard_link(const std::string& path, const struct stat& about) {
        TarMember member = member_of(path, about);
        member.is_hard_link = true;
        member.link = links_.at({about.st_dev, about.st_ino});
        return write(tar_header(member));
    }

    /// `fd` -1: of something that is not open and has no attributes.
    core::Status add_member(int fd, const std::string& path, const struct stat& about) {
        TarMember member = member_of(path, about);
        if (fd >= 0) {
            auto attributes = attributes_of(fd);
            if (!attributes) return std::move(attributes).error().in(path);
            member.attributes = std::move(attributes).value();
        }
        return write(tar_header(member));
    }

    [[nodiscard]] TarMember member_of(const std::string& path, const struct stat& about) const {
        TarMember member;
        member.path = path;
        member.like = about;
        member.like.st_uid = inside(about.st_uid);
        member.like.st_gid = inside(about.st_gid);
        return member;
    }

    [[nodiscard]] std::uint32_t inside(std::uint32_t id) const {
        if (options_.first_id == 0) return id;
        const bool own = id >= options_.first_id && id - options_.first_id < core::IdRanges::size;
        return own ? id - options_.first_id : nobody_id;
    }

    [[nodiscard]] bool is_further_name(const struct stat& about) const {
        return about.st_nlink > 1 && links_.contains({about.st_dev, about.st_ino});
    }
    void remember(const struct stat& about, const std::string& path) {
        if (about.st_nlink > 1) links_.emplace(Inode{about.st_dev, about.st_ino}, path);
    }
    /// Nothing, if it has gone or become something else meanwhile.
    static core::Status left_out(core::Error why, const std::string& path) {
        errno = why.os_error;
        if (why.os_error == 0 || is_gone()) return {};
        return std::move(why).in(path);
    }
    /// Or has become something else; EMLINK is FreeBSD's for a symlink.
    static bool is_gone() {
        return errno == ENOENT || errno == ELOOP || errno == EMLINK || errno == ENOTDIR || errno == ENXIO;
    }

    core::Status write(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t part = std::min(bytes.size(), piece_size - piece_.size());
            piece_ += bytes.substr(0, part);
            bytes.remove_prefix(part);
            if (auto room = make_room(); !room) return room;
        }
        return {};
    }
    core::Status make_room() { return piece_.size() == piece_size ? flush() : core::Status(); }
    core::Status flush() {
        if (piece_.empty()) return {};
        auto written = options_.write(std::exchange(piece_, {}));
        piece_.reserve(piece_size);
        return written;
    }

    const PackOptions& options_;
    std::string piece_;
    std::map<Inode, std::string> links_;  ///< the first name of what has several
};

}  // namespace

core::Status check_packable(int root, const std::string& path) {
    auto start = find_start(root, path);
    if (!start) return std::move(start).error();
    if (start->name.empty()) return {};
    auto found = stat_entry(start->parent.get(), start->name);
    if (!found) return std::move(found).error();
    const mode_t mode = found->st_mode;
    if (S_ISREG(mode) && shows_the_kernel(start->parent.get()))
        return core::error(core::ErrorKind::Conflict, "a file that the kernel makes up is not copied");
    if (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISFIFO(mode)) return {};
    return core::error(core::ErrorKind::Conflict, "a device or a socket, which an archive does not take");
}

core::Status pack_archive(int root, const std::string& path, const PackOptions& options) {
    auto start = find_start(root, path);
    if (!start) return std::move(start).error();
    Packing packing(options);
    const std::string& name = start->name;
    auto added = name.empty() ? packing.add_tree(start->parent.get(), ".", 0)
                              : packing.add(start->parent.get(), name, name, 0);
    return added ? packing.finish() : added;
}

}  // namespace potd::platform
