#include "daemon/platform/freebsd/root_names.hpp"

#include "daemon/platform/posix/archive_pack.hpp"
#include "daemon/platform/posix/name_texts.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <optional>
#include <utility>

#include <fcntl.h>

namespace potd::platform {
namespace {

core::Status put_file(int root, const char* path, const core::Result<std::optional<std::string>>& content) {
    if (!content) return content.error();
    if (!*content) return {};
    constexpr mode_t readable = 0644;
    // Not waiting for somebody at the other end of a pipe that a pot has put there.
    const auto file = open_in_root(root, path, {O_RDWR | O_CREAT | O_NONBLOCK | O_NOCTTY, readable});
    if (!file) {
        const bool nowhere = file.error().kind == core::ErrorKind::NotFound;
        return nowhere ? core::Status{} : core::Status(core::Error(file.error()).in(path));
    }
    // That it is a regular file is looked at there.
    if (shows_the_kernel(file->get()))
        return core::error(core::ErrorKind::Conflict,
                           std::string(path) + ": the kernel makes up what is in it");
    return rewrite(file->get(), **content).in(path);
}

}  // namespace

core::Status put_name_files(const std::string& root, const core::NameFiles& files) {
    const auto directory = open_directory(root);
    if (!directory) return directory.error();
    core::Status hosts = put_file(directory->get(), "/etc/hosts", hosts_content(files.hosts));
    core::Status resolver = put_file(directory->get(), "/etc/resolv.conf", resolver_content(files.resolver));
    return hosts ? std::move(resolver) : std::move(hosts);
}

}  // namespace potd::platform
