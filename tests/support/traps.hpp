#pragma once

#include <sys/types.h>

namespace potd::test {

/// Until the process has_traps or is over: a signal to a shell before its `trap` stands would end it.
/// Throws std::runtime_error if neither comes.
void wait_for_traps(pid_t pid);

}  // namespace potd::test
