#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace potd::storage {

/// How a spec becomes the JSON text that is stored, and back; given by whoever knows JSON. Both are
/// called on any thread, also at the same time, and must not throw. `decode(encode(s))` is `s`.
struct SpecCodec {
    std::function<std::string(const core::PotSpec&)> encode;
    std::function<core::Result<core::PotSpec>(std::string_view)> decode;
};

}  // namespace potd::storage
