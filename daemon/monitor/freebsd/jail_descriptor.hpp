#pragma once

/// Jail descriptors, which kernels have from FreeBSD 15.0 on (jail(2), kqueue(2) there). The numbers are part
/// of the kernel's ABI and are given here, so that a program built for an older release uses them where it
/// finds them; whether they are there is found by trying.
namespace potd::monitor::jail_descriptor {

/// Flag of jail_set(2): gives back, in the parameter "desc", a descriptor that owns the new jail. Its last
/// close removes the jail. An older kernel refuses the call with EINVAL before it looks at anything else.
constexpr int own = 0x80;

/// Makes the kqueue readable when the jail of the descriptor is removed: when its last process has left.
/// False where that cannot be had; the end is then found by looking.
bool watch(int queue, int descriptor);

}  // namespace potd::monitor::jail_descriptor
