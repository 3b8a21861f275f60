#pragma once

#include <string>

namespace potd::client {

/// Throws a YAML::ParserException with its place if the documents of a text do not come to an end.
void check_yaml_end(const std::string& text);

}  // namespace potd::client
