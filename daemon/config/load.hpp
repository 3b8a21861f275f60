#pragma once

#include "core/base/result.hpp"
#include "daemon/config/command_line.hpp"
#include "daemon/config/config.hpp"

namespace potd::config {

/// The defaults, then the file, then the options. The file may be missing unless --config names it.
/// Relative paths in options are taken from the working directory. Every problem of the file is in the
/// error, one a line. Also refuses directories too long for the sockets below them.
[[nodiscard]] core::Result<Config> load(const CommandLine& line);

}  // namespace potd::config
