#include "openapi/wire/codec.hpp"
#include "openapi/wire/detail/document.hpp"

#include <algorithm>

namespace potd::wire {
namespace {

using detail::Node;

void apply_patch(Node& target, Node& patch) {
    if (patch.kind != Node::Kind::Object) {
        target = std::move(patch);
        return;
    }
    if (target.kind != Node::Kind::Object) target = Node{Node::Kind::Object, false, {}, {}, {}};
    for (auto& [name, value] : patch.members) {
        if (value.kind == Node::Kind::Null) {
            std::erase_if(target.members,
                          [&wanted = name](const auto& member) { return member.name == wanted; });
            continue;
        }
        Node* member = target.find(name);
        if (member == nullptr) {
            target.members.push_back({name, {}});
            member = &target.members.back().value;
        }
        apply_patch(*member, value);
    }
}

void sort_members(Node& node) {
    for (Node& item : node.items) sort_members(item);
    for (auto& member : node.members) sort_members(member.value);
    std::sort(node.members.begin(), node.members.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
}

/// The text of the value with its names sorted; nullopt if it is not JSON.
std::optional<std::string> canonical(std::string_view json) {
    Node node;
    if (detail::parse(json, node)) return std::nullopt;
    sort_members(node);
    std::string text;
    detail::append(text, node);
    return text;
}

}  // namespace

std::vector<std::string> member_names(std::string_view json) {
    std::vector<std::string> names;
    Node whole;
    if (detail::parse(json, whole)) return names;
    for (const auto& member : whole.members) names.push_back(member.name);
    return names;
}

std::optional<DecodeError> merge_patch(std::string_view target, std::string_view patch, std::string& result) {
    Node whole;
    Node change;
    if (auto error = detail::parse(target, whole)) return error;
    if (auto error = detail::parse(patch, change)) return error;
    apply_patch(whole, change);
    result.clear();
    detail::append(result, whole);
    return std::nullopt;
}

bool same_json(std::string_view left, std::string_view right) {
    const auto first = canonical(left);
    return first && first == canonical(right);
}

}  // namespace potd::wire
