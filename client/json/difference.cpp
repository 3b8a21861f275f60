#include "client/json/difference.hpp"

#include <algorithm>

namespace potd::client {
namespace {

bool same_members(const Value::Object& left, const Value& right) {
    return left.size() == right.members().size() &&
           std::all_of(left.begin(), left.end(), [&](const Value::Member& member) {
               const auto& others = right.members();
               return std::any_of(others.begin(), others.end(), [&](const Value::Member& other) {
                   return other.first == member.first && same(member.second, other.second);
               });
           });
}

void compare(const std::string& path, const Value& before, const Value& after,
             std::vector<Difference>& found) {
    if (same(before, after)) return;
    if (!before.is_object() || !after.is_object()) {
        found.push_back({path, before, after});
        return;
    }
    const std::string prefix = path.empty() ? "" : path + '.';
    for (const auto& [name, value] : after.members()) compare(prefix + name, before[name], value, found);
    for (const auto& [name, value] : before.members()) {
        const auto& members = after.members();
        const std::string& gone = name;
        const bool there = std::any_of(members.begin(), members.end(),
                                       [&](const Value::Member& member) { return member.first == gone; });
        if (!there) compare(prefix + name, value, Value(), found);
    }
}

}  // namespace

bool same(const Value& left, const Value& right) {
    if (left.is_object() && right.is_object()) return same_members(left.members(), right);
    if (left.is_array() && right.is_array()) {
        return std::equal(left.items().begin(), left.items().end(), right.items().begin(),
                          right.items().end(), same);
    }
    if (left.integer() && right.integer()) return *left.integer() == *right.integer();
    if (left.number() && right.number())
        return !(*left.number() < *right.number()) && !(*left.number() > *right.number());
    if (left.is_text() && right.is_text()) return left.text() == right.text();
    return left.data().index() == right.data().index() && left.flag() == right.flag() && !left.is_text() &&
           !left.is_array() && !left.is_object() && !left.number();
}

std::vector<Difference> differences(const Value& before, const Value& after) {
    std::vector<Difference> found;
    compare("", before, after, found);
    return found;
}

}  // namespace potd::client
