#include "daemon/platform/posix/tree_copy.hpp"

#include "daemon/platform/posix/regular_file.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_copy_data.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned deepest_copied = 256;
constexpr std::int64_t copied_entry_cost = 4096;

using FileKey = std::pair<dev_t, ino_t>;

std::string below(std::string path, const std::string& name) {
    if (!path.empty()) path += '/';
    path += name;
    return path;
}

class TreeCopy {
  public:
    /// A copy stays within the file system of `from`.
    TreeCopy(int from, int to_root, const TreeCopyOptions& options)
        : to_root_(to_root),
          options_(options),
          left_(options.max_bytes),
          with_attributes_(has_attributes(from)) {}

    core::Status everything_below(TreeDirectory& from, int to, const std::string& path, unsigned depth) {
        if (depth > deepest_copied) {
            return core::error(core::ErrorKind::Unsupported, path + ": more than 256 levels of directories");
        }
        auto names = names_left(from);
        if (!names) return std::move(names).error().in(path);
        for (const TreeName& one : names.value()) {
            auto copied = entry(from.fd(), one, to, below(path, one.name), depth);
            if (!copied) return copied;
        }
        return {};
    }

    core::Status entry(int from, const TreeName& what, int to, const std::string& path, unsigned depth) {
        if (options_.stop != nullptr && options_.stop->load()) {
            return core::error(core::ErrorKind::Cancelled, "copy stopped");
        }
        const std::string& name = what.name;
        // Most of a tree is files, and to open one tells all that is to be known of it.
        if (what.type == DT_REG && !options_.wanted) return file(from, name, to, path);
        auto found = stat_entry(from, name);
        if (!found) return std::move(found).error();
        const struct stat& like = found.value();
        if (options_.wanted && !options_.wanted(path, like)) return {};
        if (S_ISREG(like.st_mode)) return file(from, name, to, path);
        if (auto paid = pay(0); !paid) return paid;
        if (S_ISDIR(like.st_mode)) return directory(from, name, to, path, like, depth);
        if (S_ISLNK(like.st_mode)) return symlink(from, name, to, like).in(path);
        if (S_ISFIFO(like.st_mode)) return fifo(name, to, like).in(path);
        if (S_ISSOCK(like.st_mode) || is_replaced_device(path, like.st_mode)) return {};
        return core::error(core::ErrorKind::Unsupported, path + ": is a device node");
    }

  private:
    core::Status pay(std::int64_t bytes) {
        bytes_ += bytes;
        if (options_.copied) options_.copied(bytes_);
        left_ -= bytes + copied_entry_cost;
        if (left_ >= 0) return {};
        return core::error(core::ErrorKind::TooLarge,
                           "is larger than the limit of " + std::to_string(options_.max_bytes) + " bytes");
    }

    core::Status directory(int from, const std::string& name, int to, const std::string& path,  // NOLINT
                           const struct stat& like, unsigned depth) {
        if (auto made = make_directory(to, name, S_IRWXU); !made) return std::move(made).in(path);
        // Just made, so nothing is mounted there.
        const UniqueFd target(::openat(to, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!target) return core::Status(core::os_error(errno, "open")).in(path);
        auto opened = open_child_directory(from, name);
        if (!opened && opened.error().os_error == EXDEV) return finish(-1, target.get(), like).in(path);
        if (!opened) return std::move(opened).error().in(path);
        auto source = TreeDirectory::of(std::move(opened).value());
        if (!source) return std::move(source).error().in(path);
        auto copied = everything_below(*source, target.get(), path, depth + 1);
        if (!copied) return copied;
        return finish(source->fd(), target.get(), like).in(path);
    }

    [[nodiscard]] core::Status finish(int from, int to, const struct stat& like) const {
        if (auto owned = apply_owner_and_mode(to, like); !owned) return owned;
        if (from >= 0 && with_attributes_) {
            if (auto copied = copy_attributes(from, to); !copied) return copied;
        }
        return apply_times(to, like);
    }

    core::Status file(int from, const std::string& name, int to, const std::string& path) {  // NOLINT
        const auto source = open_regular(from, name, O_RDONLY);
        if (!source) return core::Status(source.error()).in(path);
        struct stat like {};
        if (::fstat(source->get(), &like) != 0) return core::Status(core::os_error(errno, "open")).in(path);
        if (auto paid = pay(like.st_blocks * 512); !paid) return paid;
        return contents(source->get(), name, to, path, like).in(path);
    }

    core::Status contents(int source, const std::string& name, int to, const std::string& path,  // NOLINT
                          const struct stat& like) {
        const FileKey key{like.st_dev, like.st_ino};
        if (const auto known = linked_.find(key); like.st_nlink > 1 && known != linked_.end()) {
            if (::linkat(to_root_, known->second.c_str(), to, name.c_str(), 0) == 0) return {};
            return core::os_error(errno, "link");
        }
        constexpr int fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const UniqueFd target(::openat(to, name.c_str(), fresh, S_IRUSR | S_IWUSR));
        if (!target) return core::os_error(errno, "create");
        if (auto copied = copy_data(source, target.get(), like); !copied) return copied;
        if (like.st_nlink > 1) linked_.emplace(key, path);
        return finish(source, target.get(), like);
    }

    static core::Status symlink(int from, const std::string& name, int to, const struct stat& like) {
        std::array<char, PATH_MAX> target{};
        const ssize_t length = ::readlinkat(from, name.c_str(), target.data(), target.size() - 1);
        if (length < 0) return core::os_error(errno, "read link");
        if (::symlinkat(target.data(), to, name.c_str()) != 0) return core::os_error(errno, "symlink");
        return apply_to_entry(to, name, like);
    }

    static core::Status fifo(const std::string& name, int to, const struct stat& like) {
        if (::mkfifoat(to, name.c_str(), S_IRUSR | S_IWUSR) != 0) return core::os_error(errno, "mkfifo");
        return apply_to_entry(to, name, like);
    }

    int to_root_;
    const TreeCopyOptions& options_;
    std::int64_t left_;
    std::int64_t bytes_ = 0;
    bool with_attributes_;
    std::map<FileKey, std::string> linked_;  ///< files with several names -> their first path
};

class TreeMeasure {
  public:
    core::Status add(int directory, unsigned depth) {
        struct stat own {};
        if (::fstat(directory, &own) != 0) return core::os_error(errno, "measure");
        bytes_ += own.st_blocks * 512;
        auto names = names_in(directory);
        if (!names || depth > deepest_copied)
            return names ? core::Status{} : core::Status(std::move(names).error());
        for (const std::string& name : names.value()) {
            if (auto added = add_entry(directory, name, depth); !added) return added;
        }
        return {};
    }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }

  private:
    core::Status add_entry(int directory, const std::string& name, unsigned depth) {
        auto found = stat_entry(directory, name);
        if (!found) return std::move(found).error();
        if (S_ISDIR(found->st_mode)) {
            auto child = open_child_directory(directory, name);
            if (!child) return child.error().os_error == EXDEV ? core::Status{} : std::move(child).error();
            return add(child->get(), depth + 1);
        }
        const bool counted = found->st_nlink > 1 && !seen_.emplace(found->st_dev, found->st_ino).second;
        if (!counted) bytes_ += found->st_blocks * 512;
        return {};
    }

    std::int64_t bytes_ = 0;
    std::set<FileKey> seen_;
};

}  // namespace

core::Status copy_tree(int from, int to, const TreeCopyOptions& options) {
    struct stat like {};
    if (::fstat(from, &like) != 0) return core::os_error(errno, "copy");
    auto source = TreeDirectory::again(from);
    if (!source) return std::move(source).error();
    auto copied = TreeCopy(from, to, options).everything_below(*source, to, "", 0);
    if (!copied) return copied;
    if (auto owned = apply_owner_and_mode(to, like); !owned) return owned;
    if (auto named = copy_attributes(from, to); !named) return named;
    return apply_times(to, like);
}

core::Status copy_tree_entry(int from, const std::string& name, int to, const TreeCopyOptions& options) {
    return TreeCopy(from, to, options).entry(from, {name, DT_UNKNOWN}, to, name, 0);
}

core::Result<std::int64_t> tree_size(int root) {
    TreeMeasure measure;
    if (auto added = measure.add(root, 0); !added) return std::move(added).error();
    return measure.bytes();
}

}  // namespace potd::platform
