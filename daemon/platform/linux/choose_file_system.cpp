#include "daemon/platform/linux/choose_file_system.hpp"

#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/posix/base_tree.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/safe_path.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace potd::platform {
namespace {

/// What must be the same for an earlier probe to hold: the boot (and so the kernel) and the file system.
std::string circumstances(const std::string& state_dir) {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    struct stat about {};
    if (!(file >> boot) || ::stat(state_dir.c_str(), &about) != 0) return {};
    return boot + " " + std::to_string(about.st_dev) + "\n";
}

/// The probe takes 1 ms on tmpfs and 30 ms on a busy disk, so its good outcome is kept in a file.
core::Status probe_once(const std::string& state_dir) {
    const std::string now = circumstances(state_dir);
    auto state = open_directory(state_dir);
    if (!state) return std::move(state).error();
    std::ifstream file(state_dir + "/overlay-works");
    const std::string before{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!now.empty() && before == now) return {};
    auto works = probe_overlay(state_dir + "/trash");  // what a crash leaves there is swept
    return works ? write_base_file(state->get(), "overlay-works", now).in(state_dir) : works;
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
