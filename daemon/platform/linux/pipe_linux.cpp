#include "daemon/platform/posix/pipe.hpp"

#include <fcntl.h>

namespace potd::platform {

void widen_pipe(int pipe, int bytes) {
    (void)::fcntl(pipe, F_SETPIPE_SZ, bytes);
}

}  // namespace potd::platform
