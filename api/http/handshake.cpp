#include "api/http/handshake.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace potd::api {
namespace {

/// 16 bytes in base64, whichever.
bool is_nonce(std::string_view text) {
    constexpr std::size_t length = 24;
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return text.size() == length && text.ends_with("==") &&
           text.substr(0, length - 2).find_first_not_of(letters) == std::string_view::npos;
}

Problem upgrade_required(std::string detail, std::string field) {
    return {426, "upgrade_required", std::move(detail), std::move(field), {}};
}

Problem malformed(std::string_view field, std::string_view expected) {
    return {
        400, "malformed", std::string(field) + ": expected " + std::string(expected), std::string(field), {}};
}

}  // namespace

std::optional<Problem> problem_of_handshake(const Request& request, bool is_http_1_0) {
    const bool asked =
        request.method == Method::Get && has_token(request.header("Upgrade").value_or(""), "websocket");
    if (!asked || is_http_1_0)
        return upgrade_required("this path needs a WebSocket upgrade, by HTTP/1.1", {});
    if (request.header("Sec-WebSocket-Version") != "13")
        return upgrade_required("Sec-WebSocket-Version: expected 13", "Sec-WebSocket-Version");
    if (!has_token(request.header("Connection").value_or(""), "upgrade"))
        return malformed("Connection", "upgrade");
    if (!is_nonce(request.header("Sec-WebSocket-Key").value_or("")))
        return malformed("Sec-WebSocket-Key", "16 bytes in base64");
    return std::nullopt;
}

}  // namespace potd::api
