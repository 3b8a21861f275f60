#include "daemon/platform/linux/overlay_file_system.hpp"

#include "daemon/platform/posix/safe_path.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr mode_t root_mode = 0755;

core::Status make_layers(int pot) {
    if (auto upper = make_directory(pot, "upper", root_mode); !upper) return upper;
    return make_directory(pot, "work", S_IRWXU);
}

}  // namespace

void OverlayFileSystem::create(const core::PotId& id, const core::Base&, core::Reply<void> reply) {
    executor_.post([reply = std::move(reply), made = make(id)] { reply(made); });
}

core::Status OverlayFileSystem::make(const core::PotId& id) {
    auto pot = pots_.begin(id);
    if (!pot) return std::move(pot).error();
    auto made = make_layers(pot->get());
    if (made) made = pots_.commit(id);
    if (made) return made;
    auto undone = pots_.discard(id);
    return undone ? made : undone;
}

core::Result<core::RootFs> OverlayFileSystem::root(const core::PotId& id, const core::Base& base) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    if (::faccessat(pot->get(), "upper", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        return core::error(core::ErrorKind::Conflict,
                           "pot " + id.text + " was made by another file system driver than 'overlay'");
    }
    // What an earlier mount left in it the kernel clears when it mounts again.
    if (::mkdirat(pot->get(), "work", S_IRWXU) != 0 && errno != EEXIST) {
        return core::os_error(errno, pots_.path(id, "work"));
    }
    core::RootFs result;
    result.kind = core::RootFs::Kind::Overlay;
    result.lower = {base.path};
    result.upper = pots_.path(id, "upper");
    result.work = pots_.path(id, "work");
    for (const auto& bind : base.binds) result.binds.push_back({bind.source, bind.target, true});
    return result;
}

core::Status OverlayFileSystem::discard(const core::PotId& id) {
    return pots_.discard(id);
}

std::string OverlayFileSystem::log_directory(const core::PotId& id) const {
    return pots_.path(id, "log");
}

core::Status OverlayFileSystem::sweep(const std::vector<core::PotId>& known) {
    return pots_.sweep(known);
}

}  // namespace potd::platform
