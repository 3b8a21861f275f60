#pragma once

namespace potd::platform {

/// The clone(2) flag for a child that runs until its exec while we wait: CLONE_VM, so that nothing is copied;
/// 0 in a build with ThreadSanitizer. That takes every clone for a fork: in a child that shares our memory it
/// would take our other threads for gone and stop looking at the one that called.
[[nodiscard]] int child_memory() noexcept;

}  // namespace potd::platform
