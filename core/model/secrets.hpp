#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::core {

/// Of one pot: what is sealed, by the variable's name.
using SealedSecrets = std::map<std::string, std::string>;

/// What becomes of a pot's secret variables.
struct SecretChange {
    /// A value, or unset to take the variable away. Plain: it goes no further than the box that seals it.
    std::vector<std::pair<std::string, std::optional<std::string>>> given;
    std::optional<std::vector<std::string>> kept;  ///< of those there were only these stay; unset: all

    [[nodiscard]] bool empty() const { return given.empty() && !kept; }
};

}  // namespace potd::core
