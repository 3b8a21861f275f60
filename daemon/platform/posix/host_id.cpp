#include "daemon/platform/posix/host_id.hpp"

#include "daemon/platform/posix/file.hpp"

#include <array>

#include <unistd.h>

namespace potd::platform {

std::string host_id() {
    // machine-id(5) of Linux, hostid of FreeBSD's rc.d.
    for (const char* const place : {"/etc/machine-id", "/etc/hostid"}) {
        const auto text = read_file(place);
        if (text && !trimmed(*text).empty()) return std::string(trimmed(*text));
    }
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace potd::platform
