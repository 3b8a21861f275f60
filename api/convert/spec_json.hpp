#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <string>
#include <string_view>

namespace potd::api {

/// A spec as JSON text in the contract's form, for the store: decode_spec gives back an equal spec.
[[nodiscard]] std::string encode_spec(const core::PotSpec& spec);
/// Also reads what earlier versions wrote; does not validate.
[[nodiscard]] core::Result<core::PotSpec> decode_spec(std::string_view json);

}  // namespace potd::api
