#pragma once

#include "daemon/config/config.hpp"

#include <string_view>
#include <vector>

namespace potd::config {

/// Whether a running potd takes a key's new value over.
enum class Takes { AtOnce, AtStart };

/// A key whose value differs.
struct Difference {
    std::string_view key;
    Takes takes = Takes::AtStart;
};

/// The keys in which two configurations differ, in the order of potd.yaml.
[[nodiscard]] std::vector<Difference> differences(const Config& now, const Config& fresh);

/// `now` with the keys that can be taken over at once from `fresh`.
[[nodiscard]] Config reloaded(Config now, const Config& fresh);

}  // namespace potd::config
