#pragma once

#include "core/port/pot_files.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace potd::core {

/// A tar archive (ustar, POSIX.1-1988) of one file that root owns and everybody may run. `name`: at most 100
/// bytes.
[[nodiscard]] std::shared_ptr<PieceSource> script_archive(std::string_view name, std::string_view content);

}  // namespace potd::core
