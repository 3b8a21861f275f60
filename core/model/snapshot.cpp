#include "core/model/snapshot.hpp"

namespace potd::core {

std::string default_snapshot_name(WallTime at, std::uint32_t number) {
    // "2026-11-28T23:15:00.000Z" without its punctuation and milliseconds.
    constexpr std::size_t to_seconds = 19;
    std::string name;
    for (const char c : format_time(at).substr(0, to_seconds)) {
        if (c != '-' && c != ':') name += c;
    }
    return name + "Z-" + std::to_string(number);
}

}  // namespace potd::core
