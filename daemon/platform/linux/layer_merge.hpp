#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <atomic>
#include <vector>

namespace potd::platform {

/// Makes in the empty directory `to` the one layer of an overlay that stands for several adjacent ones,
/// `layers`, topmost first: mounted in their place it shows the same over whatever lies below. Directories
/// are made anew with owner, mode, times and attributes of the topmost one; everything else is a hard link
/// into the layers, on the same file system, whose content and attributes are not changed.
///
/// Of the kernel's marks (trusted.overlay.*) it knows whiteouts (device 0:0) and `opaque` = "y"; `origin`,
/// `impure` and `uuid` say nothing to a lower layer and are not taken over to directories. Whatever else
/// there is (redirects, metacopies, whiteouts as attributes) is refused: Unsupported, naming the entry. So
/// are more than 256 levels. Cancelled soon after `stop` becomes true. What was made before an error stays.
/// Blocks; any thread.
[[nodiscard]] core::Status merge_layers(const std::vector<UniqueFd>& layers, int to,
                                        const std::atomic<bool>& stop);

}  // namespace potd::platform
