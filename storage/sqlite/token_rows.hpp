#pragma once

#include "core/base/result.hpp"
#include "core/model/token.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

/// A new one, or what is known of it now.
[[nodiscard]] core::Status put_token(Database& database, const core::Token& token);
[[nodiscard]] core::Status remove_token(Database& database, const std::string& name);
/// By name.
[[nodiscard]] core::Status read_tokens(Database& database, std::vector<core::Token>& tokens);

}  // namespace potd::storage
