#pragma once

#include "core/base/time.hpp"
#include "daemon/logging/level.hpp"

#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace potd::log {

/// key=value of a line. Keys are words of the program, not of users.
struct Field {
    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, const std::string& text) : key(name), value(text) {}
    Field(std::string_view name, const char* text) : key(name), value(text) {}
    Field(std::string_view name, bool flag) : key(name), value(flag ? "true" : "false"), bare(true) {}
    template <std::integral Number>
    Field(std::string_view name, Number number) : key(name), value(std::to_string(number)), bare(true) {}

    std::string_view key;
    std::string value;
    bool bare = false;  ///< a number or a truth value: JSON without quotes
};

/// One line without its end. Text: `2026-01-31T12:00:00.000Z info message key=value other="two words"`;
/// control characters and bytes that are not UTF-8 appear as \n, \t, \xNN, so a line stays one line and
/// moves no cursor. JSON: an object with time, level, message and the fields, always valid; bytes that
/// are not UTF-8 become U+FFFD; a field called like one of the three gets a trailing underscore.
[[nodiscard]] std::string make_line(Format format, core::WallTime time, Level level, std::string_view message,
                                    std::span<const Field> fields);

}  // namespace potd::log
