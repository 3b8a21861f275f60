#pragma once

#include "api/http/exchange.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace potd::api {

/// Content codings of RFC 9110, section 8.4.1, and RFC 8878.
enum class Coding { Identity, Gzip, Zstd };

/// As it stands in Content-Encoding.
[[nodiscard]] std::string_view to_string(Coding coding) noexcept;

/// The one to answer an Accept-Encoding with: zstd before gzip, which is slower, before none. q=0 forbids,
/// other weights are ignored.
[[nodiscard]] Coding coding_for(std::string_view accept_encoding);

/// Whether it is worth it, and lawful: not what is short or coded already, not so much that it would hold
/// the loop up, and nothing with an ETag, which would have to differ from that of the same thing as it is.
[[nodiscard]] bool is_to_be_coded(const Answer& answer);

/// The body of an answer, shorter. Null if it cannot be made; then it is sent as it is.
[[nodiscard]] std::shared_ptr<const std::string> coded(std::string_view body, Coding coding);

}  // namespace potd::api
