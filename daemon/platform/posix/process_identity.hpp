#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

namespace potd::platform {

/// The identity of the process that has `pid` now; NotFound if there is none.
[[nodiscard]] core::Result<core::ProcessIdentity> identify(std::int32_t pid);

/// True if the very process still exists; a zombie does.
[[nodiscard]] bool is_alive(const core::ProcessIdentity& identity);

/// A descriptor that names the very process and becomes readable when it ends; NotFound if it is gone.
[[nodiscard]] core::Result<UniqueFd> open_process(const core::ProcessIdentity& identity);

/// kill(2) to the very process.
[[nodiscard]] core::Status signal_process(int process_fd, int signal_number);

}  // namespace potd::platform
