#include "api/http/problem.hpp"

#include "openapi/wire/codec.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

namespace potd::api {
namespace {

using core::ErrorKind;

struct Phrase {
    int status;
    std::string_view text;
};
constexpr std::array phrases{
    Phrase{100, "Continue"},
    Phrase{101, "Switching Protocols"},
    Phrase{200, "OK"},
    Phrase{201, "Created"},
    Phrase{202, "Accepted"},
    Phrase{204, "No Content"},
    Phrase{304, "Not Modified"},
    Phrase{400, "Bad Request"},
    Phrase{401, "Unauthorized"},
    Phrase{403, "Forbidden"},
    Phrase{404, "Not Found"},
    Phrase{405, "Method Not Allowed"},
    Phrase{406, "Not Acceptable"},
    Phrase{408, "Request Timeout"},
    Phrase{409, "Conflict"},
    Phrase{410, "Gone"},
    Phrase{412, "Precondition Failed"},
    Phrase{413, "Content Too Large"},
    Phrase{415, "Unsupported Media Type"},
    Phrase{422, "Unprocessable Content"},
    Phrase{426, "Upgrade Required"},
    Phrase{431, "Request Header Fields Too Large"},
    Phrase{500, "Internal Server Error"},
    Phrase{503, "Service Unavailable"},
    Phrase{504, "Gateway Timeout"},
    Phrase{505, "HTTP Version Not Supported"},
    Phrase{507, "Insufficient Storage"},
};

/// The command of a request that could not be run: as a shell tells 127 from 126.
std::string_view code_of(const core::Error& error, int status) {
    if (status == 412) return "precondition_failed";
    if (error.field != "command" || error.os_error == 0) return to_string(error.kind);
    const bool missing = error.os_error == ENOENT || error.os_error == ENOTDIR;
    return missing ? "command_not_found" : "command_not_executable";
}

std::optional<std::string> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

}  // namespace

int status_of(const core::Error& error) noexcept {
    switch (error.kind) {
        case ErrorKind::InvalidArgument: return 422;
        case ErrorKind::NotFound: return 404;
        case ErrorKind::Conflict: return error.field == "If-Match" ? 412 : 409;
        case ErrorKind::Unsupported: return 422;
        case ErrorKind::PermissionDenied: return 403;
        case ErrorKind::ResourceExhausted: return 507;
        case ErrorKind::Unavailable: return 503;
        case ErrorKind::Timeout: return error.field == "body" ? 408 : 504;
        case ErrorKind::Cancelled: return 409;
        case ErrorKind::TooLarge: return 413;
        case ErrorKind::Internal: return 500;
    }
    return 500;
}

core::Error bad_field(std::string_view field, std::string message) {
    core::Error error = core::error(ErrorKind::InvalidArgument, std::move(message));
    error.field = field;
    return error;
}

Problem to_problem(const core::Error& error, std::string_view pot) {
    const int status = status_of(error);
    return {status, std::string(code_of(error, status)), error.message, error.field, std::string(pot)};
}

wire::Problem to_wire(const Problem& problem) {
    wire::Problem body;
    body.title = reason_phrase(problem.status);
    body.status = problem.status;
    body.detail = problem.detail;
    body.code = problem.code;
    body.field = unless_empty(problem.field);
    body.pot = unless_empty(problem.pot);
    body.operation = unless_empty(problem.operation);
    return body;
}

std::string to_json(const Problem& problem) {
    return wire::encode(to_wire(problem));
}

std::string_view reason_phrase(int status) noexcept {
    const auto* found = std::find_if(phrases.begin(), phrases.end(),
                                     [&](const Phrase& phrase) { return phrase.status == status; });
    return found == phrases.end() ? "Unknown" : found->text;
}

}  // namespace potd::api
