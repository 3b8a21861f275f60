#pragma once

#include <chrono>
#include <functional>

namespace potd::test {

using std::chrono::milliseconds;

/// True as soon as `condition` holds, false when `limit` has passed without. For what has no event to
/// wait on; where there is one (an exit, a socket, /wait) use that. Looks again every few milliseconds.
[[nodiscard]] bool wait_until(const std::function<bool()>& condition,
                              milliseconds limit = milliseconds(60'000));

}  // namespace potd::test
