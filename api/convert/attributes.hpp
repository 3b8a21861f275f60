#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"
#include "openapi/wire/value.hpp"

#include <map>
#include <string>

namespace potd::api {

/// pot's attributes put onto a spec: persistent, prunable, start-at-boot, early-start-at-boot, stop_timeout;
/// those of jails are kept as they are, the platform looks at them;
/// no-rc-script is taken and changes nothing, because a command is always started as it is. Values
/// are truth values or YES, NO, on, off … in any case. Unsupported names the attributes of pot that this
/// version or platform has not, InvalidArgument those nobody has.
[[nodiscard]] core::Status apply_attributes(const std::map<std::string, wire::Loose>& attributes,
                                            core::PotSpec& spec);

}  // namespace potd::api
