#include "daemon/platform/posix/base_host.hpp"

#include "daemon/platform/posix/base_accounts.hpp"
#include "daemon/platform/posix/base_host_layout.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

core::Status make_skeleton(int tree) {
    for (const HostFolder& folder : host_layout().folders) {
        auto made = make_directories_in_root(tree, folder.path, folder.mode);
        if (!made) return std::move(made).error().in(folder.path);
    }
    for (const HostLink& link : host_layout().links) {
        if (::symlinkat(link.target, tree, link.path) != 0) return core::os_error(errno, link.path);
    }
    return {};
}

core::Status copy_link(int host, int tree, const std::string& name) {
    std::array<char, PATH_MAX> target{};
    if (::readlinkat(host, name.c_str(), target.data(), target.size() - 1) < 0) {
        return core::os_error(errno, name);
    }
    if (::symlinkat(target.data(), tree, name.c_str()) != 0) return core::os_error(errno, name);
    return {};
}

core::Status copy_wanted(int host, int tree, const HostFile& one, const TreeCopyOptions& options) {
    PathOpen how;
    how.flags = O_RDONLY | O_DIRECTORY;
    auto from = open_in_root(host, one.folder, how);
    auto to = open_in_root(tree, one.folder, how);
    if (!from || !to) return {};  // a machine without that folder has nothing to copy
    if (auto found = stat_entry(from->get(), one.name); !found) {
        return found.error().os_error == ENOENT ? core::Status{} : core::Status(std::move(found).error());
    }
    return copy_tree_entry(from->get(), one.name, to->get(), options);
}

core::Status copy_etc(int host, int tree) {
    TreeCopyOptions options;
    options.wanted = [](std::string_view, const struct stat& about) {
        return S_ISLNK(about.st_mode) || (about.st_mode & S_IROTH) != 0;
    };
    for (const HostFile& one : host_layout().files) {
        if (auto copied = copy_wanted(host, tree, one, options); !copied) return std::move(copied).in("etc");
    }
    return copy_accounts(host, tree);
}

core::Result<std::vector<core::BaseBind>> show_system(int host, int tree, const std::string& host_root) {
    std::vector<core::BaseBind> binds;
    for (const std::string name : host_layout().system_names) {
        auto found = stat_entry(host, name);
        if (!found) continue;
        if (S_ISLNK(found->st_mode)) {
            if (auto copied = copy_link(host, tree, name); !copied) return std::move(copied).error();
            continue;
        }
        if (auto made = make_directories_in_root(tree, name, 0755); !made)
            return std::move(made).error().in(name);
        binds.push_back({(host_root == "/" ? "" : host_root) + "/" + name, "/" + name});
    }
    return binds;
}

}  // namespace

core::Result<std::vector<core::BaseBind>> compose_host_base(int tree, const std::string& host_root) {
    auto host = open_directory(host_root);
    if (!host) return std::move(host).error();
    if (auto made = make_skeleton(tree); !made) return std::move(made).error();
    if (auto copied = copy_etc(host->get(), tree); !copied) return std::move(copied).error();
    if (auto done = complete_base(tree); !done) return std::move(done).error();
    return show_system(host->get(), tree, host_root);
}

}  // namespace potd::platform
