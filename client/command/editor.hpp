#pragma once

#include "client/base/result.hpp"

#include <string>

namespace potd::client {

/// A new file that only its owner can read, in TMPDIR or /tmp, with this text. It stays until somebody
/// removes it.
[[nodiscard]] Result<std::string> write_own_file(const std::string& name, const std::string& text);

/// Has a person edit the file with VISUAL, EDITOR or vi, whichever is set first, and waits for that to end.
[[nodiscard]] Status edit_file(const std::string& path);

}  // namespace potd::client
