#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// A pot's spec from a YAML or JSON file ("-" is standard input), at most 1 MiB.
[[nodiscard]] Result<Value> read_spec_file(const std::string& path);

/// One YAML document (JSON is YAML too). Unquoted scalars are typed by the YAML 1.2 core schema;
/// a mistake is told with its line.
[[nodiscard]] Result<Value> parse_yaml(const std::string& text);

}  // namespace potd::client
