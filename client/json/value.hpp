#pragma once

#include "client/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace potd::client {

/// A JSON document. Members keep the order they came in, whole numbers their exact value. Reading is
/// forgiving: what is absent or of another kind is null, empty or unset.
class Value {
  public:
    using Array = std::vector<Value>;
    using Member = std::pair<std::string, Value>;
    using Object = std::vector<Member>;

    Value() = default;
    Value(bool flag) : data_(flag) {}                           // NOLINT: implicit
    Value(int number) : data_(std::int64_t{number}) {}          // NOLINT: implicit
    Value(std::int64_t number) : data_(number) {}               // NOLINT: implicit
    Value(std::uint64_t number) : data_(number) {}              // NOLINT: implicit
    Value(double number) : data_(number) {}                     // NOLINT: implicit
    Value(const char* text) : data_(std::string(text)) {}       // NOLINT: implicit
    Value(std::string_view text) : data_(std::string(text)) {}  // NOLINT: implicit
    Value(std::string text) : data_(std::move(text)) {}         // NOLINT: implicit
    Value(Array items) : data_(std::move(items)) {}             // NOLINT: implicit
    Value(Object members) : data_(std::move(members)) {}        // NOLINT: implicit
    Value(const std::vector<std::string>& texts);               // NOLINT: implicit

    [[nodiscard]] static Value object() { return Value(Object{}); }
    [[nodiscard]] static Value array() { return Value(Array{}); }

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
    [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(data_); }
    [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(data_); }
    [[nodiscard]] bool is_text() const { return std::holds_alternative<std::string>(data_); }

    /// The member of that name; null if there is none.
    const Value& operator[](std::string_view name) const;
    [[nodiscard]] const Array& items() const;
    [[nodiscard]] const Object& members() const;
    /// A string's text; empty for anything else.
    [[nodiscard]] const std::string& text() const;
    [[nodiscard]] std::optional<std::int64_t> integer() const;
    [[nodiscard]] std::optional<double> number() const;
    /// True only for `true`.
    [[nodiscard]] bool flag() const;

    /// For writing: the value becomes an object or array if it was null. `at` adds a missing member.
    Value& at(std::string_view name);
    void set(std::string_view name, Value value) { at(name) = std::move(value); }
    void push(Value value);

    using Data =
        std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;
    [[nodiscard]] const Data& data() const { return data_; }

  private:
    Data data_;
};

/// Reads one JSON document, at most 64 levels deep.
[[nodiscard]] Result<Value> parse_json(std::string_view text);

}  // namespace potd::client
