#include "daemon/monitor/fault.hpp"

#include <cerrno>

namespace potd::monitor {

namespace {

struct Known {
    int number;
    std::string_view text;
};

constexpr Known known[] = {
    {EPERM, "operation not permitted"},
    {ENOENT, "no such file or directory"},
    {ESRCH, "no such process"},
    {EIO, "input/output error"},
    {ENXIO, "no such device or address"},
    {E2BIG, "argument list too long"},
    {ENOEXEC, "exec format error"},
    {EAGAIN, "resource temporarily unavailable"},
    {ENOMEM, "out of memory"},
    {EACCES, "permission denied"},
    {EBUSY, "device or resource busy"},
    {EEXIST, "file exists"},
    {ENODEV, "file system or device not known to the kernel"},
    {ENOTDIR, "not a directory"},
    {EISDIR, "is a directory"},
    {EINVAL, "invalid argument"},
    {ENFILE, "too many open files on this machine"},
    {EMFILE, "too many open files"},
    {ETXTBSY, "text file busy"},
    {ENOSPC, "no space left"},
    {EROFS, "read-only file system"},
    {ENAMETOOLONG, "name too long"},
    {ENOSYS, "not known to this kernel"},
    {ELOOP, "too many symbolic links"},
    {EOVERFLOW, "value too large"},
    {EUSERS, "too many users"},
    {EOPNOTSUPP, "not supported"},
    {EADDRINUSE, "address in use"},
    {EADDRNOTAVAIL, "address not available"},
    {ENETDOWN, "network is down"},
    {ENETUNREACH, "network is unreachable"},
    {ETIMEDOUT, "timed out"},
    {EDQUOT, "quota exceeded"},
};

}  // namespace

std::string_view error_text(int error_number) {
    for (const Known& each : known) {
        if (each.number == error_number) return each.text;
    }
    return {};
}

bool fail(Fault& fault, Stage stage, long result, std::string_view what, std::string_view name) {
    fault.stage = stage;
    fault.error_number = static_cast<int>(-result);
    fault.text.clear();
    fault.text.add(what);
    if (!name.empty()) fault.text.add(" ").add(name);
    if (result == 0) return false;
    const std::string_view reason = error_text(fault.error_number);
    fault.text.add(": ").add(reason);
    if (reason.empty()) fault.text.add("error ").add_number(fault.error_number);
    return false;
}

}  // namespace potd::monitor
