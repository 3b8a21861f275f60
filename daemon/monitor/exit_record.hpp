#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/link_age.hpp"
#include "daemon/monitor/sys.hpp"

#include <cstddef>
#include <span>

namespace potd::monitor {

/// Puts `bytes` at `path` so that a reader finds all of them or no file. 0 or minus errno.
[[nodiscard]] int write_whole_file(const char* path, std::span<const std::byte> bytes);

/// The end of a run for a potd that is not there now: one frame, Exited or Failed, as a file.
template <class Frame>
[[nodiscard]] int write_record(const char* path, const Frame& frame) {
    std::byte room[2048];
    const std::size_t size = core::monitor_link::encode_frame(room, frame);
    sign({room, size});
    return write_whole_file(path, {room, size});
}

}  // namespace potd::monitor
