#include "daemon/platform/linux/run_names.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

using Content = core::Result<std::optional<std::string>>;
constexpr std::array<std::string_view, 2> endings{".hosts", ".resolv"};

/// Every user of the pot may read it, whatever potd's umask is.
core::Status make_file(const std::string& path, std::string_view text) {
    constexpr mode_t readable = 0644;
    const UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, readable));
    if (!file || ::fchmod(file.get(), readable) != 0) return core::os_error(errno, path);
    return rewrite(file.get(), text).in(path);
}

/// One that was not made for the run stays unmade: nobody would see it.
core::Status put_file(const std::string& path, const core::NameFile& file, const HostNameFiles& host,
                      Content (*content_of)(const core::NameFile&, const HostNameFiles&)) {
    if (file.kind == core::NameFile::Kind::Own) return {};
    const UniqueFd there(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!there) return errno == ENOENT ? core::Status() : core::Status(core::os_error(errno, path));
    const auto content = content_of(file, host);
    if (!content) return content.error();
    return rewrite(there.get(), content->value_or("")).in(path);
}

}  // namespace

RunNames::Pair RunNames::paths_of(const std::string& run) const {
    const std::string stem = directory_ + "/" + run;
    return {stem + std::string(endings[0]), stem + std::string(endings[1])};
}

core::Status RunNames::prepare() const {
    return make_directory(directory_, 0700);
}

core::Result<NamePaths> RunNames::make(const std::string& run, const core::NameFiles& files) const {
    using Kind = core::NameFile::Kind;
    const Pair own = paths_of(run);
    NamePaths paths;
    if (files.hosts.kind == Kind::Host) paths.hosts = host_.hosts;
    if (files.resolver.kind == Kind::Host) paths.resolver = host_.resolver;
    if (files.hosts.kind == Kind::Copy || files.hosts.kind == Kind::Text) {
        const auto content = hosts_content(files.hosts, host_);
        if (!content) return content.error();
        if (auto made = make_file(own.hosts, content->value_or("")); !made) return std::move(made).error();
        paths.hosts = own.hosts;
    }
    if (files.resolver.kind == Kind::Copy || files.resolver.kind == Kind::Text) {
        const auto content = resolver_content(files.resolver, host_);
        if (!content) return content.error();
        if (!*content) return paths;  // the host has none: the pot's own stays
        if (auto made = make_file(own.resolver, **content); !made) return std::move(made).error();
        paths.resolver = own.resolver;
    }
    return paths;
}

core::Status RunNames::put(const std::string& run, const core::NameFiles& files) const {
    const Pair own = paths_of(run);
    core::Status hosts = put_file(own.hosts, files.hosts, host_, &hosts_content);
    core::Status resolver = put_file(own.resolver, files.resolver, host_, &resolver_content);
    return hosts ? std::move(resolver) : std::move(hosts);
}

core::Status RunNames::remove(const std::string& run) const {
    const Pair own = paths_of(run);
    core::Status hosts = remove_file(own.hosts);
    core::Status resolver = remove_file(own.resolver);
    return hosts ? std::move(resolver) : std::move(hosts);
}

core::Status RunNames::sweep(const std::set<std::string>& live) const {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory_.c_str()), &::closedir);
    if (!stream) return core::os_error(errno, directory_);
    core::Status swept;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        std::string_view run(&entry->d_name[0]);
        bool ours = false;
        for (const std::string_view ending : endings) {
            if (ours || !run.ends_with(ending)) continue;
            run.remove_suffix(ending.size());
            ours = true;
        }
        if (!ours || live.contains(std::string(run))) continue;
        core::Status gone = remove_file(directory_ + "/" + &entry->d_name[0]);
        if (!gone) swept = std::move(gone);
    }
    return swept;
}

}  // namespace potd::platform
