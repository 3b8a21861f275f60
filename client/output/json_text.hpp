#pragma once

#include "client/json/value.hpp"

#include <string>

namespace potd::client {

/// On one line, no newline at the end: what goes over the wire.
[[nodiscard]] std::string compact_json(const Value& value);

/// Indented by two, with a final newline: what people read. Controls a terminal would act on are
/// escaped in both forms.
[[nodiscard]] std::string pretty_json(const Value& value);

/// `text` between double quotes, escaped as in JSON.
[[nodiscard]] std::string json_string(std::string_view text);

/// A number or word as JSON writes it; `value` must be no string, array or object.
[[nodiscard]] std::string json_scalar(const Value& value);

}  // namespace potd::client
