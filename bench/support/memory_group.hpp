#pragma once

namespace potd::bench {

/// KiB of the kernel's for one empty memory group, of which every pot has one; negative where there is no
/// memory hierarchy to make some in. On a fresh machine some 10. Each has a word and a bit for every file
/// system mounted at once at any time since boot (Linux: shrinker_info, never made smaller): after a
/// thousand pots with eight each it is over 100, for whoever makes one.
[[nodiscard]] double empty_memory_group_kib();

}  // namespace potd::bench
