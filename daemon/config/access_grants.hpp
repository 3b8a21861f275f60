#pragma once

#include "core/model/principal.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace YAML {  // NOLINT(readability-identifier-naming): yaml-cpp's own
class Node;
struct Mark;
}  // namespace YAML

namespace potd::config {

struct Config;

using Grants = std::map<std::string, core::Grant>;

/// Where the grants of a key such as "access.users" are kept, a map of names to "ROLE" or "ROLE LABELS";
/// nullptr for every other key.
[[nodiscard]] Grants* grants_of(Config& config, std::string_view path);

/// Takes over the grants of `node`, the value of the key `path`. What is wrong goes to `complain`.
void read_grants(const YAML::Node& node, std::string_view path, Grants& grants,
                 const std::function<void(const YAML::Mark&, const std::string&)>& complain);

}  // namespace potd::config
