#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace potd::client {

/// One character of UTF-8 text. Bytes that are not well-formed UTF-8 come out one by one as invalid.
struct Character {
    char32_t code = 0;
    std::size_t bytes = 1;
    bool valid = false;
};

/// The first character of `text`, which must not be empty.
[[nodiscard]] Character first_character(std::string_view text) noexcept;

/// Cells a character takes on a terminal: 0 (combining), 1 or 2 (East Asian wide, emoji).
[[nodiscard]] int cell_width(char32_t code) noexcept;

/// Cells a harmless text takes on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// The longest beginning of `text` that fits `cells`, ending in "…" if anything was cut.
[[nodiscard]] std::string fit(std::string_view text, std::size_t cells);

/// True for what may change how a terminal shows the rest: C0 and C1 controls, DEL, line and
/// paragraph separators, bidirectional overrides.
[[nodiscard]] bool is_control(char32_t code) noexcept;

/// `text` with controls and malformed bytes written as \n, \x1b, \u{202e}: one line, nothing a
/// terminal would act on.
[[nodiscard]] std::string harmless(std::string_view text);

/// The same for one line that a stranger's program wrote: tabs, a '\r' at its end and colours (SGR) stay,
/// and the colours end with it.
[[nodiscard]] std::string harmless_line(std::string_view text);

}  // namespace potd::client
