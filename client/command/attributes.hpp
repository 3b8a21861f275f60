#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// pot's attribute of that name as pot shows it ("YES", "NO", a number), read from a pot of the API.
/// Usage failure for a name pot does not have either, failed for one this version lacks.
[[nodiscard]] Result<std::string> attribute_text(const Value& pot, const std::string& name);

/// The merge patch that gives a pot's attribute that value. Failures as above; usage for a value of
/// the wrong type.
[[nodiscard]] Result<Value> attribute_patch(const std::string& name, const std::string& value);

/// The attributes this version has, separated by blanks.
[[nodiscard]] std::string attribute_names();

}  // namespace potd::client
