#include "daemon/platform/posix/tree_directory.hpp"

#include "daemon/platform/posix/regular_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

namespace potd::platform {

core::Result<TreeDirectory> TreeDirectory::of(UniqueFd fd) {
    DIR* stream = ::fdopendir(fd.get());
    if (stream == nullptr) return core::os_error(errno, "read directory");
    static_cast<void>(fd.release());
    return TreeDirectory(stream);
}

core::Result<TreeDirectory> TreeDirectory::again(int fd) {
    UniqueFd own(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return core::os_error(errno, "open directory");
    return of(std::move(own));
}

core::Result<std::optional<std::string>> TreeDirectory::next() {
    while (true) {
        errno = 0;
        // Each stream has one owner and one thread, which is all readdir(3) asks for.
        const dirent* entry = ::readdir(stream_.get());  // NOLINT(concurrency-mt-unsafe)
        if (entry == nullptr && errno != 0) return core::os_error(errno, "read directory");
        if (entry == nullptr) return std::optional<std::string>();
        std::string name(static_cast<const char*>(entry->d_name));
        type_ = entry->d_type;
        if (name != "." && name != "..") return std::optional<std::string>(std::move(name));
    }
}

core::Result<std::vector<TreeName>> names_left(TreeDirectory& directory) {
    std::vector<TreeName> names;
    while (true) {
        auto name = directory.next();
        if (!name) return std::move(name).error();
        if (!name.value()) break;
        names.push_back({std::move(*name.value()), directory.type()});
    }
    std::sort(names.begin(), names.end(),
              [](const TreeName& one, const TreeName& other) { return one.name < other.name; });
    return names;
}

core::Result<std::vector<std::string>> names_in(int fd) {
    auto directory = TreeDirectory::again(fd);
    if (!directory) return std::move(directory).error();
    auto left = names_left(*directory);
    if (!left) return std::move(left).error();
    std::vector<std::string> names;
    names.reserve(left->size());
    for (TreeName& one : *left) names.push_back(std::move(one.name));
    return names;
}

core::Result<struct stat> stat_entry(int parent, const std::string& name) {
    struct stat found {};
    if (::fstatat(parent, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) return core::os_error(errno, name);
    return found;
}

core::Result<UniqueFd> open_emptied(int parent, const std::string& name) {
    // A pot that runs may have put a device there, which this process may use and the pot may not.
    auto file = open_regular(parent, name, O_WRONLY);
    if (file && ::ftruncate(file->get(), 0) != 0) return core::os_error(errno, "open");
    return file;
}

}  // namespace potd::platform
