#pragma once

#include "core/base/result.hpp"
#include "core/model/name_files.hpp"

#include <string>

namespace potd::platform {

/// Writes /etc/hosts and /etc/resolv.conf below a pot's root, as nothing can be mounted over a file there;
/// also of a pot that runs. No link there leads out of the root. Own is left as it is, and so is what the
/// host does not have; a root without /etc has nobody who would read it.
[[nodiscard]] core::Status put_name_files(const std::string& root, const core::NameFiles& files);

}  // namespace potd::platform
