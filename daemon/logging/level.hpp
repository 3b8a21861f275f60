#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace potd::log {

enum class Level { Trace, Debug, Info, Warning, Error };
enum class Format { Text, Json };

inline constexpr std::array<std::string_view, 5> level_words{"trace", "debug", "info", "warning", "error"};

[[nodiscard]] constexpr std::string_view to_string(Level level) noexcept {
    return level_words[static_cast<std::size_t>(level)];
}

[[nodiscard]] constexpr std::optional<Level> level_from(std::string_view word) noexcept {
    if (word == "warn") return Level::Warning;  // as most other programs call it
    for (std::size_t i = 0; i < level_words.size(); ++i) {
        if (level_words[i] == word) return static_cast<Level>(i);
    }
    return {};
}

}  // namespace potd::log
