#include "daemon/platform/linux/choose_file_system.hpp"

#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"

#include <utility>

namespace potd::platform {

core::Result<std::unique_ptr<core::FileSystem>> choose_file_system(core::Executor& executor,
                                                                   const FileSystemOptions& options) {
    auto pots = PotTrees::open(executor, options.state_dir, options.problem);
    if (!pots) return std::move(pots).error();
    if (options.driver != FileSystemDriver::Dir) {
        auto works = probe_overlay(options.state_dir + "/trash");  // where leftovers are swept
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
