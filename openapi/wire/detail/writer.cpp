#include "openapi/wire/detail/writer.hpp"

#include <cstdint>

namespace potd::wire::detail {
namespace {

/// True for what JSON and int64 both write the same way: no leading zeros, no plus sign.
bool is_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() &&
           std::to_string(value) == text;
}

}  // namespace

void Writer::scalar(const Loose& value) {
    if (value.text.empty()) {
        out_ += "null";
    } else if (is_integer(value.text) || value.text == "true" || value.text == "false") {
        out_ += value.text;
    } else {
        append_json_string(out_, value.text);
    }
}

void Writer::scalar(const Pairs& value) {
    out_ += '{';
    bool first = true;
    for (const auto& [name, text] : value.items) {
        if (!first) out_ += ',';
        first = false;
        append_json_string(out_, name);
        out_ += ':';
        append_json_string(out_, text);
    }
    out_ += '}';
}

}  // namespace potd::wire::detail
