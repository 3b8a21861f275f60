#pragma once

#include "api/http/request.hpp"
#include "core/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::api {

/// The version that If-Match asks for; none if any will do. Of a list the one that `what` ("pot web") has at
/// present, if that is among them. Conflict (field "If-Match") for tags that no version has.
[[nodiscard]] core::Result<std::optional<std::uint64_t>> wanted_version(const Request& request,
                                                                        std::string_view what,
                                                                        std::uint64_t present);
/// Conflict (field "If-Match") if it asks for another version than the present one.
[[nodiscard]] core::Status check_version(const Request& request, std::string_view what,
                                         std::uint64_t present);

/// The header line that tells it.
[[nodiscard]] std::string version_line(std::uint64_t version);

}  // namespace potd::api
