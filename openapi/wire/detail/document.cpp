#include "openapi/wire/detail/document.hpp"

#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include <nlohmann/json.hpp>

namespace potd::wire::detail {
namespace {

constexpr std::size_t deepest = 32;

/// Builds Nodes from the events of nlohmann's parser. Its own tree would keep the last of two equal
/// names in silence, or the order of names at the price of quadratic time.
class Builder {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    explicit Builder(Node& root) : root_(root) {}

    bool null() { return leaf(Node::Kind::Null, {}); }
    bool boolean(bool value) {
        Node* node = place();
        if (node == nullptr) return false;
        node->kind = Node::Kind::Bool;
        node->truth = value;
        return true;
    }
    bool number_integer(number_integer_t value) { return leaf(Node::Kind::Integer, std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) { return leaf(Node::Kind::Integer, std::to_string(value)); }
    bool number_float(number_float_t /*value*/, const string_t& text) {
        return leaf(Node::Kind::Float, text);
    }
    bool string(string_t& value) { return leaf(Node::Kind::String, std::move(value)); }
    bool binary(binary_t& /*value*/) { return false; }

    bool start_object(std::size_t /*size*/) { return open(Node::Kind::Object); }
    bool start_array(std::size_t /*size*/) { return open(Node::Kind::Array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }

    bool key(string_t& name) {
        Level& level = levels_.back();
        if (!level.names.insert(name).second) {
            const std::string field = path() + name;
            error_ = DecodeError{"duplicate_key", field, "the field '" + field + "' comes twice"};
            return false;
        }
        level.node->members.push_back({std::move(name), {}});
        return true;
    }

    bool parse_error(std::size_t position, const std::string& /*token*/,
                     const nlohmann::json::exception& why) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …"
        std::string text = why.what();
        const auto start = text.find("parse error");
        if (start != std::string::npos) text.erase(0, start);
        // What was read last may be a secret that is not closed by a quote, and stands at the end.
        text.resize(std::min(text.size(), text.find("; last read: ")));
        error_ = DecodeError{"malformed", "", "not JSON (byte " + std::to_string(position) + "): " + text};
        return false;
    }

    [[nodiscard]] const std::optional<DecodeError>& error() const { return error_; }

  private:
    struct Level {
        Node* node;
        std::unordered_set<std::string> names;
    };

    /// Of what is open, "mounts[2]." or nothing: the prefix of a field in it.
    [[nodiscard]] std::string path() const {
        std::string text;
        for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
            const Node& node = *levels_[i].node;
            if (node.kind == Node::Kind::Array)
                text += "[" + std::to_string(node.items.size() - 1) + "]";
            else
                text += (text.empty() ? "" : ".") + node.members.back().name;
        }
        return text.empty() ? text : text + ".";
    }

    /// Where the next value goes. Pointers stay valid: only the innermost container grows.
    Node* place() {
        if (levels_.empty()) return &root_;
        Node* parent = levels_.back().node;
        if (parent->kind == Node::Kind::Object) return &parent->members.back().value;
        return &parent->items.emplace_back();
    }

    bool leaf(Node::Kind kind, std::string text) {
        Node* node = place();
        node->kind = kind;
        node->text = std::move(text);
        return true;
    }

    bool open(Node::Kind kind) {
        if (levels_.size() >= deepest) {
            error_ = DecodeError{"malformed", "", "the JSON is nested more than 32 levels deep"};
            return false;
        }
        Node* node = place();
        node->kind = kind;
        levels_.push_back({node, {}});
        return true;
    }

    bool close() {
        levels_.pop_back();
        return true;
    }

    Node& root_;
    std::vector<Level> levels_;
    std::optional<DecodeError> error_;
};

void append_members(std::string& out, const Node& node) {
    out += '{';
    bool first = true;
    for (const auto& [name, value] : node.members) {
        if (!first) out += ',';
        first = false;
        append_json_string(out, name);
        out += ':';
        append(out, value);
    }
    out += '}';
}

void append_items(std::string& out, const Node& node) {
    out += '[';
    bool first = true;
    for (const Node& item : node.items) {
        if (!first) out += ',';
        first = false;
        append(out, item);
    }
    out += ']';
}

}  // namespace

Node* Node::find(std::string_view name) {
    const auto found =
        std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.name == name; });
    return found == members.end() ? nullptr : &found->value;
}

std::string_view describe(Node::Kind kind) noexcept {
    switch (kind) {
        case Node::Kind::Null: return "null";
        case Node::Kind::Bool: return "true or false";
        case Node::Kind::Integer: return "an integer";
        case Node::Kind::Float: return "a number with a fraction or too large";
        case Node::Kind::String: return "a string";
        case Node::Kind::Array: return "an array";
        case Node::Kind::Object: return "an object";
    }
    return "a value";
}

std::optional<DecodeError> parse(std::string_view json, Node& out) {
    // The library takes it for the end of the text.
    if (const auto at = json.find('\0'); at != std::string_view::npos)
        return DecodeError{"malformed", "", "not JSON (byte " + std::to_string(at + 1) + "): a NUL"};
    Builder builder(out);
    const bool whole = nlohmann::json::sax_parse(json.begin(), json.end(), &builder);
    if (whole) return std::nullopt;
    return builder.error().value_or(DecodeError{"malformed", "", "not JSON"});
}

void append(std::string& out, const Node& node) {
    switch (node.kind) {
        case Node::Kind::Null: out += "null"; break;
        case Node::Kind::Bool: out += node.truth ? "true" : "false"; break;
        case Node::Kind::Integer:
        case Node::Kind::Float: out += node.text; break;
        case Node::Kind::String: append_json_string(out, node.text); break;
        case Node::Kind::Array: append_items(out, node); break;
        case Node::Kind::Object: append_members(out, node); break;
    }
}

}  // namespace potd::wire::detail
