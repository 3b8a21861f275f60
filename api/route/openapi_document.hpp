#pragma once

#include <string_view>

namespace potd::api {

/// openapi/potd.yaml as it stands in the tree, and as JSON; made at build time by openapi/tool.
extern const std::string_view openapi_yaml;
extern const std::string_view openapi_json;

}  // namespace potd::api
