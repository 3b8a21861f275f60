#pragma once

#include <string_view>

namespace potd::api {

/// Whether it is what a Host header may say (RFC 9110, section 7.2): a name, an IPv4 or a bracketed IPv6
/// address, perhaps with a port. Empty is fine, as of a target without an authority.
[[nodiscard]] bool is_authority(std::string_view text);

}  // namespace potd::api
