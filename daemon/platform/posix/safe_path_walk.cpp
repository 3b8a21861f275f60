#include "daemon/platform/posix/safe_path_walk.hpp"

#include <array>
#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned most_links = 40;  // as the kernel

core::Error escape_error() {
    core::Error result = core::error(core::ErrorKind::PermissionDenied, "leads out of the root");
    result.os_error = EXDEV;
    return result;
}

}  // namespace

core::Result<UniqueFd> PathWalk::open(const std::string& path) {
    const bool must_be_directory = path.ends_with('/') || path.ends_with("/.");
    const int flags = how_.flags | O_CLOEXEC | (must_be_directory ? O_DIRECTORY : 0);
    for (auto& name : split_path(path)) pending_.insert(pending_.begin(), std::move(name));
    while (!pending_.empty()) {
        const std::string name = std::move(pending_.back());
        pending_.pop_back();
        const bool last = pending_.empty() && name != "..";
        if (last && (flags & O_NOFOLLOW) != 0 && !must_be_directory) return open_last(name, flags);
        if (last) {
            auto followed = follow(name);
            if (!followed) return std::move(followed).error();
            if (!followed.value()) return open_last(name, flags);
            continue;
        }
        if (auto moved = step(name); !moved) return std::move(moved).error();
    }
    return open_last(".", flags & ~(O_CREAT | O_EXCL));
}

core::Status PathWalk::step(const std::string& name) {
    if (name == "..") return up();
    auto followed = follow(name);
    if (!followed) return std::move(followed).error();
    return followed.value() ? core::Status{} : enter(name);
}

core::Status PathWalk::up() {
    if (!walked_.empty()) {
        walked_.pop_back();
    } else if (how_.escape == Escape::Refuse) {
        return escape_error();
    }
    return {};
}

core::Status PathWalk::enter(const std::string& name) {
    UniqueFd fd(::openat(here(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return core::os_error(errno, "open");
    walked_.push_back(std::move(fd));
    return {};
}

/// Puts what the symlink `name` says before the rest of the way; false if it is no symlink.
core::Result<bool> PathWalk::follow(const std::string& name) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlinkat(here(), name.c_str(), target.data(), target.size());
    if (length < 0) {
        const bool not_a_link = errno == EINVAL || errno == ENOENT;  // what is missing: the open says
        return not_a_link ? core::Result<bool>(false) : core::os_error(errno, "readlink");
    }
    if (++links_ > most_links) return core::os_error(ELOOP, "open");
    const std::string_view text(target.data(), static_cast<std::size_t>(length));
    if (text.starts_with('/')) {
        if (how_.escape == Escape::Refuse) return escape_error();
        walked_.clear();
    }
    auto names = split_path(text);
    pending_.insert(pending_.end(), std::make_move_iterator(names.rbegin()),
                    std::make_move_iterator(names.rend()));
    return true;
}

core::Result<UniqueFd> PathWalk::open_last(const std::string& name, int flags) const {
    UniqueFd fd(::openat(here(), name.c_str(), flags | O_NOFOLLOW, how_.mode));
    // FreeBSD's word for a link that is not to be followed is another: open(2).
    if (!fd) return core::os_error(errno == EMLINK ? ELOOP : errno, "open");
    return fd;
}

}  // namespace potd::platform
