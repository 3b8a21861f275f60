#pragma once

#include "core/base/result.hpp"

#include <cstdint>

namespace potd::platform {

/// From now on the files that this thread makes belong to that user and group of the host, a pot's root as
/// the shifted mounts of its user namespace want it; the thread's rights stay those of the host's root. For a
/// thread that does nothing else: nothing takes it back.
[[nodiscard]] core::Status make_files_of(std::uint32_t id);

}  // namespace potd::platform
