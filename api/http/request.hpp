#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::api {

enum class Method { Get, Head, Post, Put, Patch, Delete, Options, Other };

[[nodiscard]] std::string_view to_string(Method method) noexcept;

/// Who is at the other end: of a unix socket, as the kernel says; of TLS, as a verified certificate says.
struct Peer {
    std::int64_t pid = -1;  ///< -1 = unknown
    std::int64_t uid = -1;
    std::vector<std::int64_t> gids = {};  ///< its groups, supplementary ones too
    std::vector<std::string> names = {};  ///< of its certificate: the common one, then the alternative ones
    std::string address = {};             ///< of TCP, "192.0.2.1"; else empty
};

struct Header {
    std::string_view name;
    std::string_view value;
};

/// One request as parsed. The views are valid while the handler is being called and no longer.
struct Request {
    Method method = Method::Other;
    std::string_view method_text;
    std::string_view target;     ///< as sent
    std::string_view path;       ///< of the target, still percent-encoded
    std::string_view query;      ///< of the target, without '?'
    std::string_view authority;  ///< whom it was sent to: of the target, else what Host says
    std::vector<Header> headers;
    std::string_view body;
    std::string_view id;  ///< X-Request-Id, the client's or ours
    Peer peer;

    /// The value of the first header of that name (any case); nullopt if there is none.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    /// The same of a header that is a list: several lines are one, joined by commas (RFC 9110, section 5.3).
    [[nodiscard]] std::optional<std::string> list(std::string_view name) const;
};

/// Whether a list of tokens ("keep-alive, Upgrade") has this one, in any case.
[[nodiscard]] bool has_token(std::string_view list, std::string_view token) noexcept;

/// ASCII letters compared without case.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

/// Whether an Accept header allows `type` ("application/json"): of its ranges the closest one says so. q=0
/// forbids; other weights are ignored.
[[nodiscard]] bool accepts(std::string_view accept, std::string_view type);

/// Whether an Accept-Encoding header allows `coding` ("gzip"); "*" allows all it does not name.
[[nodiscard]] bool accepts_coding(std::string_view accept, std::string_view coding);

/// The media type of a Content-Type header without its parameters, trimmed.
[[nodiscard]] std::string_view media_type(std::string_view content_type) noexcept;

/// "host%3A1" -> "host:1"; nullopt for a bad escape.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace potd::api
