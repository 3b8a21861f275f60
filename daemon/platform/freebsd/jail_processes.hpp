#pragma once

#include "core/port/process_lister.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// The processes of a run's jail for the listing, NotFound if it has none. Any thread.
[[nodiscard]] core::Result<std::vector<core::ProcessRow>> read_processes(const std::string& instance,
                                                                         const core::RunKey& key);

}  // namespace potd::platform
