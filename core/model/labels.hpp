#pragma once

#include "core/base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

using Labels = std::map<std::string, std::string>;

/// At most 64, keys of 1 to 255 characters, values of UTF-8 text up to 4096 bytes.
[[nodiscard]] Status check_labels(const Labels& labels);

/// Picks by one label. With an empty key, as by default, all are picked.
struct LabelFilter {
    std::string key{};
    std::optional<std::string> value{};  ///< unset: any
    [[nodiscard]] bool matches(const Labels& labels) const;
    friend bool operator==(const LabelFilter&, const LabelFilter&) = default;
};

/// From "key" or "key=value"; InvalidArgument on field "label".
[[nodiscard]] Result<LabelFilter> label_filter_from(std::string_view text);

}  // namespace potd::core
