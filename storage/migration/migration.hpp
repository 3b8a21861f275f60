#pragma once

#include <span>
#include <string_view>

namespace potd::storage {

/// One step of the schema. Applied in order, each in one transaction; never edited once released,
/// because databases in the field have already run it.
struct Migration {
    int version;            ///< `user_version` after it; from 1 without a gap
    std::string_view name;  ///< file name, for messages
    std::string_view sql;
};

/// Every step this binary knows, oldest first; embedded from storage/migration/*.sql at build time.
[[nodiscard]] std::span<const Migration> migrations() noexcept;

}  // namespace potd::storage
