#pragma once

namespace potd::test {

/// Gives this process a mount namespace of its own, once, so that nothing is left mounted however it ends.
/// Before there are threads. False if it may not have one.
bool have_own_mounts();

}  // namespace potd::test
