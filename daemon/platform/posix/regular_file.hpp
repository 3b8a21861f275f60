#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>

namespace potd::platform {

/// Opens a regular file of a directory that a pot may change meanwhile; `access` is O_RDONLY, O_WRONLY or
/// O_RDWR. No link is followed, and nothing is waited for. Conflict, without an os_error, for what is no
/// regular file: on Linux that is never opened, since the open alone starts a watchdog or rewinds a tape.
/// Any thread. Per system.
[[nodiscard]] core::Result<UniqueFd> open_regular(int parent, const std::string& name, int access);

}  // namespace potd::platform
