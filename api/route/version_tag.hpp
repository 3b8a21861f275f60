#pragma once

#include "api/http/request.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::api {

/// The version that If-Match asks for; none if any will do. Conflict (field "If-Match") for a tag that no
/// version of `what` has.
[[nodiscard]] core::Result<std::optional<std::uint64_t>> wanted_version(const Request& request,
                                                                        std::string_view what);

/// The header line that tells it.
[[nodiscard]] std::string version_line(std::uint64_t version);

}  // namespace potd::api
