#include "daemon/platform/posix/base_accounts.hpp"

#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::string line_without_hash(std::string_view line) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
    if (second == std::string_view::npos) return std::string(line);
    const std::string_view field = line.substr(first + 1, second - first - 1);
    const bool harmless = field.empty() || field == "x" || field == "*" || field == "!";
    if (harmless) return std::string(line);
    return std::string(line.substr(0, first + 1)) + "x" + std::string(line.substr(second));
}

core::Result<std::string> read_all(int file) {
    std::string content;
    std::array<char, 16UL * 1024> block{};
    while (true) {
        const ssize_t got = ::read(file, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "read");
        if (got == 0) return content;
        content.append(block.data(), static_cast<std::size_t>(got));
    }
}

core::Status copy_accounts_file(int host, int tree, const std::string& name) {
    PathOpen reading;
    reading.flags = O_RDONLY | O_NONBLOCK;
    auto file = open_in_root(host, "etc/" + name, reading);
    if (!file) return file.error().os_error == ENOENT ? core::Status{} : std::move(file).error();
    auto content = read_all(file->get());
    if (!content) return std::move(content).error();
    PathOpen folder;
    folder.flags = O_RDONLY | O_DIRECTORY;
    auto etc = open_in_root(tree, "etc", folder);
    if (!etc) return std::move(etc).error();
    return write_base_file(etc->get(), name, without_hashes(content.value()));
}

}  // namespace

std::string without_hashes(std::string_view accounts) {
    std::string result;
    while (!accounts.empty()) {
        const std::size_t end = std::min(accounts.find('\n'), accounts.size());
        result += line_without_hash(accounts.substr(0, end)) + "\n";
        accounts.remove_prefix(std::min(end + 1, accounts.size()));
    }
    return result;
}

core::Status copy_accounts(int host, int tree) {
    for (const char* name : {"passwd", "group"}) {
        if (auto copied = copy_accounts_file(host, tree, name); !copied) {
            return std::move(copied).in(std::string("/etc/") + name);
        }
    }
    return {};
}

}  // namespace potd::platform
