#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace potd::platform {

/// What the kernel's log says of one jail's limit of memory.
struct MemoryMatches {
    std::int64_t count = 0;  ///< lines, so far as they are still kept
    std::string victim;      ///< of the last, "NAME (pid N)"
    friend bool operator==(const MemoryMatches&, const MemoryMatches&) = default;
};

/// By jail. A rule "jail:NAME:memoryuse:log=AMOUNT" makes the kernel say whose use exceeded it, once until
/// the use is below it again; the rule beside it that kills meets the same process in the same pass
/// (rctl_enforce of kern_rctl.c).
[[nodiscard]] std::map<std::string, MemoryMatches, std::less<>> memory_matches(std::string_view log);

}  // namespace potd::platform
