#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// A pot's spec from a YAML or JSON file ("-" is standard input), at most 1 MiB.
[[nodiscard]] Result<Value> read_spec_file(const std::string& path);

/// One YAML document (JSON is YAML too). Unquoted scalars are typed by the YAML 1.2 core schema;
/// a mistake is told with its line.
[[nodiscard]] Result<Value> parse_yaml(const std::string& text);

/// The same of any number of documents.
[[nodiscard]] Result<std::vector<Value>> parse_yaml_documents(const std::string& text);
/// Those of a file ("-" is standard input) of at most 1 MiB; a failure names the file.
[[nodiscard]] Result<std::vector<Value>> read_yaml_file(const std::string& path);

}  // namespace potd::client
