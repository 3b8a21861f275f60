#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/secrets.hpp"
#include "storage/sqlite/database.hpp"

#include <map>

namespace potd::storage {

/// What the pot has from now on.
[[nodiscard]] core::Status put_secrets(Database& database, const core::PotId& pot,
                                       const core::SealedSecrets& secrets);
[[nodiscard]] core::Status read_secrets(Database& database,
                                        std::map<core::PotId, core::SealedSecrets>& secrets);

}  // namespace potd::storage
