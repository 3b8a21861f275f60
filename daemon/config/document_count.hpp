#pragma once

#include <string>

namespace potd::config {

/// Throws a YAML::ParserException with its place if the text is more than one document of YAML, or is none.
void check_one_document(const std::string& text);

}  // namespace potd::config
