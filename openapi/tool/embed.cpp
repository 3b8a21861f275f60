// embed POTD_YAML OUTPUT_CPP: the OpenAPI document, as it is and as JSON, as two constants of C++.

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <yaml-cpp/yaml.h>

namespace {

using Json = nlohmann::ordered_json;

/// YAML 1.2's core schema for what stands there without quotes.
Json plain_scalar(const std::string& text) {
    if (text == "null" || text == "~" || text.empty()) return nullptr;
    if (text == "true") return true;
    if (text == "false") return false;
    const Json number = Json::parse(text, nullptr, false);
    return number.is_number() ? number : Json(text);
}

Json to_json(const YAML::Node& node) {
    switch (node.Type()) {
        case YAML::NodeType::Undefined:
        case YAML::NodeType::Null: return nullptr;
        case YAML::NodeType::Scalar:
            return node.Tag() == "!" ? Json(node.Scalar()) : plain_scalar(node.Scalar());
        case YAML::NodeType::Sequence: {
            Json list = Json::array();
            for (const auto& item : node) list.push_back(to_json(item));
            return list;
        }
        case YAML::NodeType::Map: {
            Json object = Json::object();
            for (const auto& member : node) object[member.first.Scalar()] = to_json(member.second);
            return object;
        }
    }
    return nullptr;
}

std::string read(const char* path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) throw std::runtime_error(std::string(path) + " cannot be read");
    return text.str();
}

/// As string literals of one line each, which every compiler takes at any length of the whole.
void write_constant(std::ostream& out, std::string_view name, std::string_view text) {
    constexpr std::size_t piece = 100;
    constexpr std::string_view digits = "01234567";
    out << "const std::string_view " << name << "(\n";
    for (std::size_t start = 0; start < text.size(); start += piece) {
        out << "    \"";
        for (const char c : text.substr(start, piece)) {
            const auto byte = static_cast<std::uint8_t>(c);
            if (byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '?') {
                out << c;
            } else {
                out << '\\' << digits[byte >> 6U] << digits[(byte >> 3U) & 7U] << digits[byte & 7U];
            }
        }
        out << "\"\n";
    }
    out << "    , " << text.size() << ");\n";
}

void embed(const char* from, const char* to) {
    const std::string yaml = read(from);
    const std::string json = to_json(YAML::Load(yaml)).dump();
    std::ofstream out(to);
    out << "#include \"api/route/openapi_document.hpp\"\n\nnamespace potd::api {\n\n";
    write_constant(out, "openapi_yaml", yaml);
    write_constant(out, "openapi_json", json);
    out << "\n}  // namespace potd::api\n";
    out.close();
    if (!out) throw std::runtime_error(std::string(to) + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: embed POTD_YAML OUTPUT_CPP\n";
        return 2;
    }
    try {
        embed(argv[1], argv[2]);
    } catch (const std::exception& problem) {
        std::cerr << "embed: " << problem.what() << '\n';
        return 1;
    }
    return 0;
}
