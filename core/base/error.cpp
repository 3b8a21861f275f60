#include "core/base/error.hpp"

#include <cerrno>
#include <system_error>

namespace potd::core {

std::string_view to_string(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::InvalidArgument: return "invalid_argument";
        case ErrorKind::NotFound: return "not_found";
        case ErrorKind::Conflict: return "conflict";
        case ErrorKind::Unsupported: return "unsupported";
        case ErrorKind::PermissionDenied: return "permission_denied";
        case ErrorKind::ResourceExhausted: return "resource_exhausted";
        case ErrorKind::Unavailable: return "unavailable";
        case ErrorKind::Timeout: return "timeout";
        case ErrorKind::Cancelled: return "cancelled";
        case ErrorKind::TooLarge: return "too_large";
        case ErrorKind::Internal: return "internal";
    }
    return "internal";
}

Error invalid_field(std::string_view field, std::string_view value, std::string_view expected) {
    constexpr std::size_t longest_shown = 120;
    std::string shown(value.substr(0, longest_shown));
    if (value.size() > longest_shown) shown += "...";
    Error result = error(ErrorKind::InvalidArgument, std::string(field) + ": '" + shown +
                                                         "' is not valid, expected " + std::string(expected));
    result.field = field;
    return result;
}

Error os_error(int error_number, std::string_view what) {
    ErrorKind kind = ErrorKind::Internal;
    switch (error_number) {
        case ENOENT:
        case ESRCH: kind = ErrorKind::NotFound; break;
        case EACCES:
        case EPERM: kind = ErrorKind::PermissionDenied; break;
        case EEXIST:
        case EBUSY:
        case ENOTEMPTY:
        // What is there is another thing than was meant.
        case ENOTDIR:
        case EISDIR:
        case ELOOP: kind = ErrorKind::Conflict; break;
        // Nothing can have that name.
        case ENAMETOOLONG: kind = ErrorKind::InvalidArgument; break;
        case ENOSPC:
        case EDQUOT:
        case ENOMEM:
        case EMFILE:
        case ENFILE:
        case EAGAIN: kind = ErrorKind::ResourceExhausted; break;
        case ENOSYS:
        case EOPNOTSUPP: kind = ErrorKind::Unsupported; break;
        case ETIMEDOUT: kind = ErrorKind::Timeout; break;
        default: break;
    }
    Error result = error(kind, std::string(what) + ": " + std::generic_category().message(error_number));
    result.os_error = error_number;
    return result;
}

}  // namespace potd::core
