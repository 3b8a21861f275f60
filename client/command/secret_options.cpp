#include "client/command/secret_options.hpp"

#include <array>
#include <cstddef>
#include <fstream>
#include <iostream>
#include <istream>

namespace potd::client {
namespace {

/// Without the end of its last line.
std::string whole_text(std::istream& in) {
    std::string text;
    std::array<char, 4096> chunk;  // NOLINT: filled by read
    while (in.read(chunk.data(), chunk.size()), in.gcount() > 0)
        text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

}  // namespace

Result<std::pair<std::string, std::string>> secret_pair(std::string_view option, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos)
        return usage("--" + std::string(option) + ": expected VAR=VALUE or VAR=@FILE");
    const std::string name(text.substr(0, equals));
    const std::string value(text.substr(equals + 1));
    if (!value.starts_with('@')) return std::pair(name, value);
    const std::string place = value.substr(1);
    if (place == "-") return std::pair(name, whole_text(std::cin));
    std::ifstream in(place, std::ios::binary);
    std::string read = whole_text(in);
    if (!in.is_open() || in.bad())
        return usage("--" + std::string(option) + " " + name + ": cannot read " + place);
    return std::pair(name, std::move(read));
}

}  // namespace potd::client
