#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/base_stop.hpp"
#include "daemon/platform/posix/zfs_program.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

struct PipeWatch {
    std::function<void(std::int64_t bytes)> passed;  ///< told how many went through so far; may be empty
    const StopSignal* stop = nullptr;                ///< both are killed soon after it was raised
};

/// Runs `from | to` as run_host_program runs a program, for as long as they take: what they mount stays.
/// `output` of `to` alone is kept, as its errors. Cancelled when stopped, with both ended. Blocks; any thread
/// but the loop's.
[[nodiscard]] core::Result<std::pair<ProgramEnd, ProgramEnd>> pipe_programs(
    const std::vector<std::string>& from, const std::vector<std::string>& to, const PipeWatch& watch);

}  // namespace potd::platform
