#pragma once

#include <string>

namespace potd::platform {

/// Where one run keeps what potd and its monitor share.
struct RunFiles {
    std::string socket, record;
};

}  // namespace potd::platform
