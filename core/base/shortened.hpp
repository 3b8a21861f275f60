#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace potd::core {

/// The beginning of a long text: at most so many bytes of it, in whole characters of UTF-8, and "…" if
/// something is missing.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t longest) {
    std::size_t length = std::min(text.size(), longest);
    while (length < text.size() && length != 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
        --length;
    std::string shown(text.substr(0, length));
    return length < text.size() ? shown + "…" : shown;
}

}  // namespace potd::core
