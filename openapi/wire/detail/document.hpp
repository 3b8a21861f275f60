#pragma once

#include "openapi/wire/codec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::wire::detail {

struct Member;

/// One JSON value as parsed. Numbers keep their text, so nothing is rounded on the way.
struct Node {
    enum class Kind { Null, Bool, Integer, Float, String, Array, Object };
    Kind kind = Kind::Null;
    bool truth = false;
    std::string text;             ///< Integer, Float, String
    std::vector<Node> items;      ///< Array
    std::vector<Member> members;  ///< Object, in the order of the text, no name twice

    [[nodiscard]] Node* find(std::string_view name);
};

/// Not a std::pair: that wants to know whether a Node can be made while it is still being declared (clang
/// 14).
struct Member {
    std::string name;
    Node value;
};

/// "an integer", "an object" … as used in messages.
[[nodiscard]] std::string_view describe(Node::Kind kind) noexcept;

/// Refuses what is not one whole JSON text ("malformed"), a name that comes twice in an object
/// ("duplicate_key"), invalid UTF-8 and more than 32 levels.
[[nodiscard]] std::optional<DecodeError> parse(std::string_view json, Node& out);

/// The compact text of a node.
void append(std::string& out, const Node& node);

}  // namespace potd::wire::detail
