#pragma once

#include "core/base/result.hpp"
#include "core/model/run.hpp"
#include "core/monitor_link/frame.hpp"

#include <string>
#include <string_view>
#include <vector>

/// potd's comfortable side of the link: frames as owned bytes. potmon does not use this header.
namespace potd::core::monitor_link {

/// TooLarge if it does not fit into max_frame_size.
[[nodiscard]] Result<std::vector<std::byte>> frame_error_too_large();

template <class Frame>
[[nodiscard]] Result<std::vector<std::byte>> encode(const Frame& frame) {
    std::vector<std::byte> bytes(1024);
    std::size_t size = encode_frame(bytes, frame);
    if (size == 0) {
        bytes.resize(max_frame_size);
        size = encode_frame(bytes, frame);
    }
    if (size == 0) return frame_error_too_large();
    bytes.resize(size);
    return bytes;
}

/// Exec with owned strings.
struct ExecOrder {
    std::uint32_t id = 0;
    bool terminal = false;
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
    std::string user, workdir;
    std::vector<std::string> argv;
    std::vector<std::string> env;  ///< "NAME=value"
};
/// InvalidArgument if a string holds a NUL or argv is empty, TooLarge as above.
[[nodiscard]] Result<std::vector<std::byte>> encode_exec(const ExecOrder& order);

/// What an exit record file holds.
struct StoredEnd {
    bool failed = false;  ///< the launch failed: `failure` and `failure_text`
    ExitFacts facts;      ///< else
    Failure failure;      ///< its text is in failure_text
    std::string failure_text;
    std::int64_t failed_at_ms = 0;
    std::uint32_t run = 0;
};
/// Content of an exit record file. InvalidArgument if it is not a whole one.
[[nodiscard]] Result<StoredEnd> decode_record(std::string_view content);

[[nodiscard]] RunProcesses to_processes(const LinkProcesses& link);

}  // namespace potd::core::monitor_link
