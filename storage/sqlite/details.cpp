#include "storage/sqlite/details.hpp"

#include <cstddef>

namespace potd::storage {
namespace {

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '\t': out += "\\t"; break;
            case '\n': out += "\\n"; break;
            case '\0': out += "\\0"; break;
            default: out += c;
        }
    }
}

char unescaped(char c) {
    switch (c) {
        case 't': return '\t';
        case 'n': return '\n';
        case '0': return '\0';
        default: return c;
    }
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 1 < text.size();
        out += escape ? unescaped(text[++i]) : text[i];
    }
    return out;
}

}  // namespace

std::string encode_details(const std::map<std::string, std::string>& details) {
    std::string out;
    for (const auto& [key, value] : details) {
        append_escaped(out, key);
        out += '\t';
        append_escaped(out, value);
        out += '\n';
    }
    return out;
}

std::map<std::string, std::string> decode_details(std::string_view text) {
    std::map<std::string, std::string> details;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        const std::size_t tab = line.find('\t');
        const std::string_view value = tab == std::string_view::npos ? "" : line.substr(tab + 1);
        details.emplace(unescape(line.substr(0, tab)), unescape(value));
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    return details;
}

}  // namespace potd::storage
