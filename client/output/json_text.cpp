#include "client/output/json_text.hpp"

#include "client/text/width.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace potd::client {
namespace {

void append_unit(std::string& out, unsigned unit) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += digits[(unit >> static_cast<unsigned>(shift)) & 0xFU];
}

void append_character(std::string& out, const Character& character, std::string_view bytes) {
    if (!character.valid) {
        out += "\xEF\xBF\xBD";
        return;
    }
    switch (character.code) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (is_control(character.code)) {
        append_unit(out, static_cast<unsigned>(character.code));
    } else {
        out += bytes;
    }
}

class JsonWriter {
  public:
    explicit JsonWriter(bool pretty) : pretty_(pretty) {}

    void write(const Value& value) {
        if (value.is_object()) {
            write_object(value.members());
        } else if (value.is_array()) {
            write_array(value.items());
        } else {
            out_ += value.is_text() ? json_string(value.text()) : json_scalar(value);
        }
    }
    std::string take() { return std::move(out_); }

  private:
    void write_object(const Value::Object& members) {
        open('{');
        bool first = true;
        for (const auto& [name, value] : members) {
            next(first);
            out_ += json_string(name);
            out_ += pretty_ ? ": " : ":";
            write(value);
        }
        close('}', first);
    }
    void write_array(const Value::Array& items) {
        open('[');
        bool first = true;
        for (const auto& item : items) {
            next(first);
            write(item);
        }
        close(']', first);
    }
    void open(char bracket) {
        out_ += bracket;
        ++depth_;
    }
    void next(bool& first) {
        if (!first) out_ += ',';
        first = false;
        new_line();
    }
    void close(char bracket, bool empty) {
        --depth_;
        if (!empty) new_line();
        out_ += bracket;
    }
    void new_line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(depth_ * 2, ' ');
    }

    std::string out_;
    std::size_t depth_ = 0;
    bool pretty_;
};

template <class Number>
std::string digits(Number number) {
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), end.ptr};
}

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const Character character = first_character(text);
        append_character(out, character, text.substr(0, character.bytes));
        text.remove_prefix(character.bytes);
    }
    return out + '"';
}

std::string json_scalar(const Value& value) {
    const auto& data = value.data();
    if (const auto* flag = std::get_if<bool>(&data)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&data)) return digits(*number);
    if (const auto* number = std::get_if<std::uint64_t>(&data)) return digits(*number);
    if (const auto* number = std::get_if<double>(&data))
        return std::isfinite(*number) ? digits(*number) : "null";
    return "null";
}

std::string compact_json(const Value& value) {
    JsonWriter writer(false);
    writer.write(value);
    return writer.take();
}

std::string pretty_json(const Value& value) {
    JsonWriter writer(true);
    writer.write(value);
    return writer.take() + '\n';
}

}  // namespace potd::client
