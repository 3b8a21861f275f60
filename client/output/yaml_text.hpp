#pragma once

#include "client/json/value.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// A document in YAML's block style, with a final newline. Read back by any YAML 1.1 or 1.2 parser it
/// gives the same values; controls a terminal would act on are escaped.
[[nodiscard]] std::string yaml_text(const Value& value);

/// True if `text` may stand in YAML without quotes and still be read as the same string.
[[nodiscard]] bool is_plain_yaml(std::string_view text);

}  // namespace potd::client
