#include "daemon/platform/posix/base_build.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/archive_unpack.hpp"
#include "daemon/platform/posix/base_host.hpp"
#include "daemon/platform/posix/base_of_pot.hpp"
#include "daemon/platform/posix/base_progress.hpp"
#include "daemon/platform/posix/base_release.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_copy.hpp"
#include "daemon/platform/posix/tree_sync.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::BaseSource;

core::WallTime now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<core::milliseconds>(since).count()};
}

std::string default_name(const core::BaseRequest& request) {
    switch (request.source) {
        case BaseSource::Host: return "host";
        case BaseSource::Release: return request.release;
        case BaseSource::Tarball: return "tarball";
        case BaseSource::Directory: return "directory";
        case BaseSource::Pot: return {};
    }
    return {};
}

/// A copy of a directory into itself would never end.
bool holds(const std::string& outer, const std::string& inner) {
    std::error_code unresolved;
    const auto above = std::filesystem::weakly_canonical(outer, unresolved).string();
    const auto below = std::filesystem::weakly_canonical(inner, unresolved).string();
    return above == "/" || below == above || below.starts_with(above + "/");
}

core::Status check_source_path(const core::BaseRequest& request, const BaseOptions& options) {
    const std::string shown = core::is_text(request.path) ? request.path : "(not UTF-8)";
    const bool archive = request.source == BaseSource::Tarball;
    const std::string_view field = archive ? "tarball" : "directory";
    const auto refuse = [&](std::string_view expected) {
        return core::invalid_field(field, shown, expected);
    };
    struct stat about {};
    if (!request.path.starts_with('/') || request.path.find('\0') != std::string::npos) {
        return refuse("an absolute path");
    }
    if (::stat(request.path.c_str(), &about) != 0) {
        core::Error error = core::os_error(errno, request.path);
        error.field = field;
        return error;
    }
    if (archive && !S_ISREG(about.st_mode)) return refuse("an archive, a regular file");
    if (!archive && !S_ISDIR(about.st_mode)) return refuse("a directory");
    if (!archive && holds(request.path, options.state_dir)) {
        return refuse("a directory that does not hold potd's own state directory");
    }
    return {};
}

core::Status unpack(const BaseBuild& build, int tree) {
    const UniqueFd archive(::open(build.request.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat about {};
    if (!archive || ::fstat(archive.get(), &about) != 0) return core::os_error(errno, build.request.path);
    UnpackOptions options;
    options.read = in_hundredths(build.progress, about.st_size, "unpacks " + build.request.path);
    options.max_bytes = build.options.max_bytes;
    options.stop = &build.stop->flag();
    return unpack_archive(archive.get(), tree, options).in(build.request.path);
}

core::Status copy(const BaseBuild& build, int tree) {
    auto from = open_directory(build.request.path);
    if (!from) return std::move(from).error();
    TreeCopyOptions options;
    options.max_bytes = build.options.max_bytes;
    options.stop = &build.stop->flag();
    return copy_tree(from->get(), tree, options).in(build.request.path);
}

/// Returns the binds of the base.
core::Result<std::vector<core::BaseBind>> fill(const BaseBuild& build, int tree) {
    core::Status filled;
    switch (build.request.source) {
        case BaseSource::Host: return compose_host_base(tree, build.options.host_root);
        case BaseSource::Release: filled = fill_release(build, tree); break;
        case BaseSource::Tarball: filled = unpack(build, tree); break;
        case BaseSource::Directory: filled = copy(build, tree); break;
        case BaseSource::Pot: filled = build.is_filled ? core::Status() : copy_from_pot(build, tree); break;
    }
    if (filled) filled = complete_base(tree);
    if (!filled) return std::move(filled).error();
    return build.request.binds;
}

std::string origin(const core::BaseRequest& request) {
    switch (request.source) {
        case BaseSource::Host: return "host";
        case BaseSource::Release: return request.release;
        case BaseSource::Pot: return request.origin;
        default: return request.path;
    }
}

}  // namespace

core::Result<core::BaseRequest> check_base_request(core::BaseRequest request, const BaseOptions& options) {
    if (request.source == BaseSource::Release) {
        if (auto checked = check_release(request); !checked) return std::move(checked).error();
    }
    if (request.name.empty()) request.name = default_name(request);
    if (auto checked = core::check_name(request.name); !checked) return std::move(checked).error();
    if (request.source == BaseSource::Tarball || request.source == BaseSource::Directory) {
        if (auto checked = check_source_path(request, options); !checked) return std::move(checked).error();
    }
    return request;
}

core::Result<core::Base> build_base(const BaseBuild& build, int tree) {
    auto binds = fill(build, tree);
    if (!binds) return std::move(binds).error();
    auto size = tree_size(tree);
    if (!size) return std::move(size).error();
    // What potd says is installed must be so after a power loss, too.
    if (auto written = bring_to_disk(tree); !written) return std::move(written).error();
    core::Base base;
    base.name = build.request.name;
    base.revision = build.request.revision;
    base.source = build.request.source;
    base.origin = origin(build.request);
    base.binds = std::move(binds).value();
    base.created_at = now();
    base.size = size.value();
    return base;
}

}  // namespace potd::platform
