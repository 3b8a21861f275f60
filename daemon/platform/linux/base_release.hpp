#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/base_stop.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace potd::platform {

struct ReleaseInstall {
    std::string debootstrap;  ///< program, by name or path
    std::string suite;        ///< is_suite
    std::string mirror;       ///< is_mirror; empty: the program's own choice
    std::string target;       ///< absolute path of the directory to fill
    std::function<void(std::string_view line)> line;
    const StopSignal* stop = nullptr;
};

/// True for what may be the name of a Debian suite: [a-z0-9][a-z0-9.+-]*, at most 63 characters.
[[nodiscard]] bool is_suite(std::string_view suite);

/// Runs debootstrap (variant minbase) and clears away what belongs to the installer: device nodes, downloaded
/// packages, copies of the machine's own resolv.conf and hostname. Unsupported, saying what to
/// install, if there is no debootstrap; its own words if it fails. Blocks for minutes; any thread but the
/// loop's.
[[nodiscard]] core::Status install_release(const ReleaseInstall& install);

}  // namespace potd::platform
