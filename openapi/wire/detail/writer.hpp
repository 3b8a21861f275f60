#pragma once

#include "openapi/wire/codec.hpp"
#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/value.hpp"

#include <array>
#include <charconv>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace potd::wire::detail {

/// Appends compact JSON. Field names are ASCII words and need no escaping.
class Writer {
  public:
    explicit Writer(std::string& out) : out_(out) {}

    template <class T>
    void field(std::string_view name, const T& value) {
        if constexpr (std::same_as<T, Raw>) {
            if (value.json.empty()) return;
        }
        key(name);
        write(value);
    }
    template <class T>
    void required(std::string_view name, const T& value) {
        field(name, value);
    }
    /// A field that is left out when it has no value, instead of being null.
    template <class T>
    void present(std::string_view name, const std::optional<T>& value) {
        if (value) field(name, *value);
    }
    /// A field of requests only.
    template <class T>
    void input(std::string_view /*name*/, const T& /*value*/) {}

    template <class T>
    void write(const T& value) {
        if constexpr (has_fields<T>) {
            object(value);
        } else {
            scalar(value);
        }
    }

  private:
    void key(std::string_view name) {
        if (!first_) out_ += ',';
        first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
    }

    template <class T>
    void object(const T& value) {
        out_ += '{';
        const bool outer = std::exchange(first_, true);
        Fields<T>::visit(*this, value);
        first_ = outer;
        out_ += '}';
    }

    void scalar(const std::string& value) { append_json_string(out_, value); }
    void scalar(bool value) { out_ += value ? "true" : "false"; }
    void scalar(const Raw& value) { out_ += value.json.empty() ? "null" : value.json; }
    void scalar(const Loose& value);
    void scalar(const Pairs& value);
    void scalar(const SecretEnv& value) { scalar(value.names); }
    void scalar(const AllOrSome& value) {
        if (value.some.empty()) {
            scalar(value.all);
        } else {
            scalar(value.some);
        }
    }
    void scalar(double value) { number(value); }
    void scalar(std::integral auto value) { number(value); }

    template <class T>
    void scalar(const std::optional<T>& value) {
        if (value) {
            write(*value);
        } else {
            out_ += "null";
        }
    }
    template <class T>
    void scalar(const std::vector<T>& values) {
        out_ += '[';
        bool first = true;
        for (const T& value : values) {
            if (!first) out_ += ',';
            first = false;
            write(value);
        }
        out_ += ']';
    }
    template <class T>
    void scalar(const std::map<std::string, T>& values) {
        out_ += '{';
        bool first = true;
        for (const auto& [name, value] : values) {
            if (!first) out_ += ',';
            first = false;
            append_json_string(out_, name);
            out_ += ':';
            write(value);
        }
        out_ += '}';
    }

    template <class T>
    void number(T value) {
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
        out_.append(text.data(), end);
    }

    std::string& out_;
    bool first_ = true;
};

}  // namespace potd::wire::detail
