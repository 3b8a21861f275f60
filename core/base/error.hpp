#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace potd::core {

/// What went wrong, in terms a caller can act on. The API maps each kind to one HTTP status,
/// the command line to one exit code; nothing else decides either.
enum class ErrorKind {
    InvalidArgument,  ///< the request itself is wrong; `field` names the place
    NotFound,         ///< the named object does not exist
    Conflict,         ///< the object's state, or another request, forbids it
    Unsupported,      ///< this platform or version cannot do it
    PermissionDenied,
    ResourceExhausted,  ///< disk, memory, quota, addresses
    Unavailable,        ///< a part that is needed does not answer
    Timeout,
    Cancelled,
    TooLarge,
    Internal,  ///< a bug or a broken machine
};

/// Stable machine-readable word for a kind ("not_found"); part of the wire contract.
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

/// A failure as a value. The message grows outwards: `error.in("pot web")` puts "pot web: " in front.
struct Error {
    ErrorKind kind = ErrorKind::Internal;
    std::string message;
    std::string field;  ///< dotted path into the request ("limits.memory"), empty if none applies
    int os_error = 0;   ///< errno when a system call is the cause, else 0

    [[nodiscard]] Error in(std::string_view context) && {
        message.insert(0, std::string(context) + ": ");
        return std::move(*this);
    }
};

[[nodiscard]] inline Error error(ErrorKind kind, std::string message) {
    return Error{kind, std::move(message), {}, 0};
}

/// InvalidArgument for one field: says the field, what was given and what was expected.
[[nodiscard]] Error invalid_field(std::string_view field, std::string_view value, std::string_view expected);

/// From an errno value: picks the kind (ENOENT, EACCES, ENOSPC, …) and appends the system's text.
[[nodiscard]] Error os_error(int error_number, std::string_view what);

}  // namespace potd::core
