#include "client/json/value.hpp"

#include <limits>

namespace potd::client {
namespace {

const Value null_value;
const Value::Array no_items;
const Value::Object no_members;
const std::string no_text;

}  // namespace

Value::Value(const std::vector<std::string>& texts) {
    Array items;
    items.reserve(texts.size());
    for (const auto& text : texts) items.emplace_back(text);
    data_ = std::move(items);
}

const Value& Value::operator[](std::string_view name) const {
    for (const auto& [key, value] : members()) {
        if (key == name) return value;
    }
    return null_value;
}

const Value::Array& Value::items() const {
    const auto* items = std::get_if<Array>(&data_);
    return items ? *items : no_items;
}

const Value::Object& Value::members() const {
    const auto* members = std::get_if<Object>(&data_);
    return members ? *members : no_members;
}

const std::string& Value::text() const {
    const auto* text = std::get_if<std::string>(&data_);
    return text ? *text : no_text;
}

std::optional<std::int64_t> Value::integer() const {
    if (const auto* number = std::get_if<std::int64_t>(&data_)) return *number;
    if (const auto* number = std::get_if<std::uint64_t>(&data_)) {
        constexpr auto most = std::numeric_limits<std::int64_t>::max();
        return *number > static_cast<std::uint64_t>(most) ? most : static_cast<std::int64_t>(*number);
    }
    return {};
}

std::optional<double> Value::number() const {
    if (const auto* number = std::get_if<double>(&data_)) return *number;
    if (const auto whole = integer()) return static_cast<double>(*whole);
    return {};
}

bool Value::flag() const {
    const auto* flag = std::get_if<bool>(&data_);
    return flag && *flag;
}

Value& Value::at(std::string_view name) {
    if (!is_object()) data_ = Object{};
    auto& members = *std::get_if<Object>(&data_);
    for (auto& [key, value] : members) {
        if (key == name) return value;
    }
    return members.emplace_back(std::string(name), Value()).second;
}

void Value::push(Value value) {
    if (!is_array()) data_ = Array{};
    std::get_if<Array>(&data_)->push_back(std::move(value));
}

}  // namespace potd::client
