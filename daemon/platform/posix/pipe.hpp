#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

namespace potd::platform {

/// Read and write side of a new close-on-exec pipe.
struct Pipe {
    UniqueFd read, write;
};
[[nodiscard]] core::Result<Pipe> make_pipe();

/// Makes room for so many bytes, as far as the system lets; less is no failure. Per system.
void widen_pipe(int pipe, int bytes);

}  // namespace potd::platform
