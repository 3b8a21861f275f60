#pragma once

#include "core/model/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

/// The name of the jail of one run: "potd_INSTANCE_0123456789ab_7". No dots, which mean a jail within a jail
/// (jail(8)). A run's key is never used again, so a jail of this name is this run's or was made to look so.
[[nodiscard]] std::string jail_name(std::string_view instance, const core::RunKey& key);

/// The run whose jail has this name; nothing if it is not one of the instance.
[[nodiscard]] std::optional<core::RunKey> run_of_jail(std::string_view instance, std::string_view name);

}  // namespace potd::platform
