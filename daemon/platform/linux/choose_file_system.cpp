#include "daemon/platform/linux/choose_file_system.hpp"

#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/linux/probe_note.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"

#include <string>
#include <utility>

namespace potd::platform {
namespace {

/// What a crash leaves in the trash is swept.
core::Status probe_once(const std::string& state_dir) {
    const ProbeNote note(state_dir, "overlay-works");
    if (note.holds()) return {};
    auto works = probe_overlay(state_dir + "/trash");
    return works ? note.write() : works;
}

}  // namespace

core::Result<std::unique_ptr<core::FileSystem>> choose_file_system(core::Executor& executor,
                                                                   const FileSystemOptions& options) {
    auto pots = PotTrees::open(executor, options.state_dir, options.problem);
    if (!pots) return std::move(pots).error();
    if (options.driver != FileSystemDriver::Dir) {
        auto works = probe_once(options.state_dir);
        if (works) {
            return std::unique_ptr<core::FileSystem>(
                std::make_unique<OverlayFileSystem>(executor, std::move(pots).value()));
        }
        if (options.driver == FileSystemDriver::Overlay) return std::move(works).error();
    }
    return std::unique_ptr<core::FileSystem>(
        std::make_unique<DirFileSystem>(executor, std::move(pots).value()));
}

}  // namespace potd::platform
