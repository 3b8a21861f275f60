#include "openapi/wire/detail/reader.hpp"

#include <charconv>
#include <locale>
#include <sstream>

namespace potd::wire::detail {
namespace {

/// What was given, for a message: short values are shown; long ones are only named, and so is what holds
/// others, as there may be secrets among them.
std::string shown(const Node& node) {
    constexpr std::size_t longest = 80;
    if (!node.members.empty() || !node.items.empty()) return std::string(describe(node.kind));
    std::string text;
    append(text, node);
    return text.size() <= longest ? text : std::string(describe(node.kind));
}

template <class T>
bool to_number(const Node& node, T& out) {
    if (node.kind != Node::Kind::Integer) return false;
    const char* end = node.text.data() + node.text.size();
    const auto parsed = std::from_chars(node.text.data(), end, out);
    return parsed.ec == std::errc{} && parsed.ptr == end;
}

}  // namespace

void Reader::refuse(const Node& node, std::string_view expected) {
    if (error_) return;
    const std::string where = path_.empty() ? "the body" : path_;
    error_ = DecodeError{"invalid_argument", path_,
                         where + ": expected " + std::string(expected) + ", not " + shown(node)};
}

void Reader::refuse_unseen(std::string_view expected) {
    if (!error_)
        error_ = DecodeError{"invalid_argument", path_, path_ + ": expected " + std::string(expected)};
}

void Reader::missing(std::string_view name) {
    if (error_) return;
    const std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
    error_ = DecodeError{"missing_field", path, path + ": is required"};
}

Node* Reader::take(std::string_view name) {
    if (error_) return nullptr;
    auto& members = open_->node->members;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].name != name) continue;
        open_->taken[i] = true;
        return &members[i].value;
    }
    return nullptr;
}

void Reader::refuse_unknown(const Open& open) {
    for (std::size_t i = 0; i < open.taken.size() && !error_; ++i) {
        if (open.taken[i]) continue;
        const std::string& name = open.node->members[i].name;
        const std::string path = path_.empty() ? name : path_ + "." + name;
        error_ = DecodeError{"unknown_field", path, path + ": there is no such field"};
    }
}

void Reader::value(Node& node, std::string& out) {
    if (node.kind != Node::Kind::String) return refuse(node, "a string");
    out = node.text;
}

void Reader::value(Node& node, bool& out) {
    if (node.kind != Node::Kind::Bool) return refuse(node, "true or false");
    out = node.truth;
}

void Reader::value(Node& node, double& out) {
    if (node.kind != Node::Kind::Integer && node.kind != Node::Kind::Float) return refuse(node, "a number");
    // libc++ has from_chars for whole numbers only before 20.
    std::istringstream text(node.text);
    text.imbue(std::locale::classic());
    if (!(text >> out)) refuse(node, "a number");
}

void Reader::value(Node& node, std::int64_t& out) {
    if (!to_number(node, out)) refuse(node, "an integer");
}

void Reader::value(Node& node, std::uint64_t& out) {
    if (!to_number(node, out)) refuse(node, "an integer of at least 0");
}

void Reader::value(Node& node, std::int32_t& out) {
    if (!to_number(node, out)) refuse(node, "an integer below 2^31");
}

void Reader::value(Node& node, std::uint32_t& out) {
    if (!to_number(node, out)) refuse(node, "an integer from 0 to 2^32-1");
}

void Reader::value(Node& node, Loose& out) {
    if (node.kind == Node::Kind::Bool) {
        out.text = node.truth ? "true" : "false";
    } else if (node.kind == Node::Kind::Integer || (node.kind == Node::Kind::String && !node.text.empty())) {
        out.text = node.text;
    } else {
        refuse(node, "a string or an integer");
    }
}

void Reader::value(Node& node, AllOrSome& out) {
    if (node.kind == Node::Kind::Bool) {
        out = {node.truth, {}};
    } else if (node.kind == Node::Kind::Array) {
        out.all = false;
        value(node, out.some);
    } else {
        refuse(node, "true, false or a list of strings");
    }
}

void Reader::value(Node& node, Raw& out) {
    out.json.clear();
    append(out.json, node);
}

void Reader::value(Node& node, Pairs& out) {
    if (node.kind != Node::Kind::Object) return refuse(node, "an object of strings");
    out.items.clear();
    for (auto& [name, member] : node.members) {
        if (member.kind == Node::Kind::Null) continue;
        std::string text;
        nested(name, member, text);
        out.items.emplace_back(name, std::move(text));
    }
}

void Reader::value(Node& node, SecretEnv& out) {
    const std::size_t length = path_.size();
    if (node.kind == Node::Kind::Array) {
        out.names.emplace();
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            path_ += '[' + std::to_string(i) + ']';
            if (node.items[i].kind != Node::Kind::String) refuse_unseen("the name of a variable");
            path_.resize(length);
            out.names->push_back(node.items[i].text);
        }
        return;
    }
    if (node.kind != Node::Kind::Object) return refuse_unseen("an object of strings, or a list of names");
    out.is_given = true;
    for (auto& [name, member] : node.members) {
        path_ += '.' + name;
        const bool gone = member.kind == Node::Kind::Null;
        if (!gone && member.kind != Node::Kind::String) refuse_unseen("a string, or null");
        path_.resize(length);
        out.given.emplace_back(name, gone ? std::nullopt : std::optional(member.text));
    }
}

}  // namespace potd::wire::detail
