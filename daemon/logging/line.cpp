#include "daemon/logging/line.hpp"

#include "core/model/names.hpp"

#include <algorithm>
#include <cstddef>

namespace potd::log {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// Bytes of the well-formed UTF-8 character at the start, 0 if there is none.
std::size_t character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return 1;
    const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    return size <= text.size() && core::is_text(text.substr(0, size)) ? size : 0;
}

void append_hex(std::string& out, std::string_view prefix, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.append(prefix);
    out += digits[byte >> 4U];
    out += digits[byte & 0xfU];
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// U+0080 to U+009F, which terminals obey like the control characters of ASCII.
bool is_c1(std::string_view one) {
    return one.size() == 2 && one[0] == '\xc2' && static_cast<unsigned char>(one[1]) < 0xa0;
}

/// Calls `plain` with each printable character, `odd` with each other byte.
template <class Plain, class Odd>
void each_character(std::string_view text, Plain plain, Odd odd) {
    while (!text.empty()) {
        const std::size_t size = character(text);
        const std::string_view one = text.substr(0, std::max<std::size_t>(size, 1));
        if (size == 0 || (size == 1 && is_control(one[0]))) {
            odd(one[0], size == 0);
        } else {
            plain(one);
        }
        text.remove_prefix(one.size());
    }
}

void append_json(std::string& out, std::string_view text) {
    out += '"';
    each_character(
        text,
        [&](std::string_view one) {
            if (one == "\"" || one == "\\") out += '\\';
            out.append(one);
        },
        [&](char c, bool broken) {
            if (broken) return void(out.append("\\ufffd"));
            switch (c) {
                case '\n': out += "\\n"; break;
                case '\t': out += "\\t"; break;
                default: append_hex(out, "\\u00", c);
            }
        });
    out += '"';
}

void append_text(std::string& out, std::string_view text, bool quoted) {
    each_character(
        text,
        [&](std::string_view one) {
            if (is_c1(one)) {
                for (const char c : one) append_hex(out, "\\x", c);
                return;
            }
            if (quoted && (one == "\"" || one == "\\")) out += '\\';
            out.append(one);
        },
        [&](char c, bool) {
            switch (c) {
                case '\n': out += "\\n"; break;
                case '\t': out += "\\t"; break;
                default: append_hex(out, "\\x", c);
            }
        });
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" \"=\\") != std::string_view::npos ||
           std::any_of(value.begin(), value.end(), is_control);
}

void append_field(std::string& out, const Field& field) {
    out.append(" ").append(field.key).append("=");
    if (!needs_quotes(field.value)) return append_text(out, field.value, false);
    out += '"';
    append_text(out, field.value, true);
    out += '"';
}

std::string text_line(core::WallTime time, Level level, std::string_view message,
                      std::span<const Field> fields) {
    std::string out = core::format_time(time);
    out.append(" ").append(to_string(level)).append(" ");
    append_text(out, message, false);
    for (const Field& field : fields) append_field(out, field);
    return out;
}

std::string json_line(core::WallTime time, Level level, std::string_view message,
                      std::span<const Field> fields) {
    std::string out = R"({"time":")" + core::format_time(time) + R"(","level":")";
    out.append(to_string(level)).append(R"(","message":)");
    append_json(out, message);
    for (const Field& field : fields) {
        const bool taken = field.key == "time" || field.key == "level" || field.key == "message";
        out += ',';
        append_json(out, std::string(field.key) + (taken ? "_" : ""));
        out += ':';
        if (field.bare) {
            out += field.value;
        } else {
            append_json(out, field.value);
        }
    }
    return out + "}";
}

}  // namespace

std::string make_line(Format format, core::WallTime time, Level level, std::string_view message,
                      std::span<const Field> fields) {
    return format == Format::Json ? json_line(time, level, message, fields)
                                  : text_line(time, level, message, fields);
}

}  // namespace potd::log
