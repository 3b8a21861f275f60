#include "daemon/platform/posix/name_texts.hpp"

#include "daemon/platform/posix/file.hpp"

#include <cerrno>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using Content = core::Result<std::optional<std::string>>;

/// Nobody has to see the end of an old file that is longer than potd's ever were: a pot that may write to it
/// can make it as long as it likes.
constexpr std::size_t longest_covered = 1 << 20;

Content host_file(const std::string& path) {
    auto text = read_file(path);
    if (text) return std::optional(*std::move(text));
    if (text.error().kind == core::ErrorKind::NotFound) return std::optional<std::string>();
    return std::move(text).error();
}

bool holds(int file, std::string_view text) {
    std::string there(text.size(), '\0');
    const ssize_t size = ::pread(file, there.data(), there.size(), 0);
    return size >= 0 && static_cast<std::size_t>(size) == text.size() && there == text;
}

}  // namespace

Content hosts_content(const core::NameFile& file, const HostNameFiles& host) {
    switch (file.kind) {
        case core::NameFile::Kind::Own: return std::optional<std::string>();
        case core::NameFile::Kind::Text: return std::optional(file.text);
        case core::NameFile::Kind::Host: return host_file(host.hosts);
        case core::NameFile::Kind::Copy: break;
    }
    auto text = host_file(host.hosts);
    if (!text) return text;
    std::string whole = text->value_or("127.0.0.1\tlocalhost\n::1\tlocalhost\n");
    if (!whole.empty() && whole.back() != '\n') whole += '\n';
    return std::optional(whole + file.text);
}

Content resolver_content(const core::NameFile& file, const HostNameFiles& host) {
    switch (file.kind) {
        case core::NameFile::Kind::Own: return std::optional<std::string>();
        case core::NameFile::Kind::Text: return std::optional(file.text);
        case core::NameFile::Kind::Host: return host_file(host.resolver);
        case core::NameFile::Kind::Copy: break;
    }
    auto text = host_file(host.resolver);
    if (!text || !*text) return text;
    if (core::asks_loopback_alone(**text)) {
        auto upstream = host_file(host.upstream_resolver);
        if (upstream && *upstream) text = std::move(upstream);
    }
    return std::optional(core::usable_resolver(**text));
}

core::Status rewrite(int file, std::string_view text) {
    struct stat before {};
    if (::fstat(file, &before) != 0) return core::os_error(errno, "fstat");
    if (!S_ISREG(before.st_mode)) return core::error(core::ErrorKind::Conflict, "it is no regular file");
    auto size = static_cast<std::size_t>(before.st_size);
    if (size > longest_covered && size > text.size()) {
        if (::ftruncate(file, static_cast<off_t>(text.size())) != 0) return core::os_error(errno, "truncate");
        size = text.size();
    }
    if (size == text.size() && holds(file, text)) return {};
    std::string whole(text);
    if (size > whole.size()) whole.append(size - whole.size(), '\n');
    const ssize_t put = ::pwrite(file, whole.data(), whole.size(), 0);
    if (put < 0 || static_cast<std::size_t>(put) != whole.size())
        return core::os_error(put < 0 ? errno : ENOSPC, "write");
    if (size <= text.size() || ::ftruncate(file, static_cast<off_t>(text.size())) == 0) return {};
    return core::os_error(errno, "truncate");
}

}  // namespace potd::platform
