#include "client/output/yaml_text.hpp"

#include "client/output/json_text.hpp"
#include "client/text/width.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace potd::client {
namespace {

/// Words that one version of YAML or another reads as something else than a string.
constexpr std::array<std::string_view, 16> reserved = {"null", "~",    "true", "false", "yes", "no",
                                                       "on",   "off",  "y",    "n",     "<<",  "=",
                                                       "nan",  ".nan", ".inf", "inf"};

bool looks_like_a_number(std::string_view text) {
    return std::string_view("0123456789+-.").find(text.front()) != std::string_view::npos &&
           text.find_first_not_of("0123456789abcdefABCDEFxXoO+-._:TtZz ") == std::string_view::npos;
}

bool is_reserved(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::find(reserved.begin(), reserved.end(), lower) != reserved.end();
}

class YamlWriter {
  public:
    void write_document(const Value& value) {
        if (is_leaf(value)) {
            out_ += leaf(value) + '\n';
        } else {
            write_block(value, 0);
        }
    }
    std::string take() { return std::move(out_); }

  private:
    static bool is_leaf(const Value& value) { return value.items().empty() && value.members().empty(); }

    static std::string leaf(const Value& value) {
        if (value.is_object()) return "{}";
        if (value.is_array()) return "[]";
        return value.is_text() ? text(value.text()) : json_scalar(value);
    }
    static std::string text(const std::string& value) {
        return is_plain_yaml(value) ? value : json_string(value);
    }

    void write_block(const Value& value, std::size_t indent) {
        for (const auto& [name, member] : value.members()) {
            start_line(indent);
            write_member(name, member, indent);
        }
        for (const auto& item : value.items()) {
            start_line(indent);
            write_item(item, indent);
        }
    }
    void write_member(const std::string& name, const Value& member, std::size_t indent) {
        out_ += text(name) + ':';
        if (is_leaf(member)) {
            out_ += ' ' + leaf(member) + '\n';
            return;
        }
        out_ += '\n';
        write_block(member, member.is_array() ? indent : indent + 2);
    }
    void write_item(const Value& item, std::size_t indent) {
        out_ += "- ";
        if (is_leaf(item)) {
            out_ += leaf(item) + '\n';
            return;
        }
        // The first line of a nested block stands on the dash's own line.
        continues_ = true;
        write_block(item, indent + 2);
    }
    void start_line(std::size_t indent) {
        if (!continues_) out_.append(indent, ' ');
        continues_ = false;
    }

    std::string out_;
    bool continues_ = false;
};

}  // namespace

bool is_plain_yaml(std::string_view text) {
    if (text.empty() || is_reserved(text) || looks_like_a_number(text)) return false;
    if (std::string_view(" -?:,[]{}#&*!|>'\"%@`").find(text.front()) != std::string_view::npos) return false;
    if (text.back() == ' ' || text.back() == ':') return false;
    if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
    while (!text.empty()) {
        const Character character = first_character(text);
        if (!character.valid || is_control(character.code) || character.code == 0xFEFF) return false;
        text.remove_prefix(character.bytes);
    }
    return true;
}

std::string yaml_text(const Value& value) {
    YamlWriter writer;
    writer.write_document(value);
    return writer.take();
}

}  // namespace potd::client
