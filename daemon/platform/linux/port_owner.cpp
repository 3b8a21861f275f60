#include "daemon/platform/linux/port_owner.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;
using Protocol = core::PublishedPort::Protocol;

struct Place {
    Protocol protocol;
    Family family;
    std::optional<core::IpAddress> address;
    std::uint16_t port;
};

socklen_t write_address(const Place& place, sockaddr_storage& out) {
    if (place.family == Family::V4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(place.port);
        if (place.address) std::memcpy(&address.sin_addr, place.address->bytes.data(), sizeof(in_addr));
        std::memcpy(&out, &address, sizeof address);
        return sizeof address;
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(place.port);
    if (place.address) std::memcpy(&address.sin6_addr, place.address->bytes.data(), sizeof(in6_addr));
    std::memcpy(&out, &address, sizeof address);
    return sizeof address;
}

UniqueFd socket_of(const Place& place) {
    const int domain = place.family == Family::V4 ? AF_INET : AF_INET6;
    switch (place.protocol) {
        case Protocol::Tcp: return UniqueFd(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
        case Protocol::Udp: return UniqueFd(::socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP));
        case Protocol::Sctp: return UniqueFd(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP));
    }
    return {};
}

std::string upper(Protocol protocol) {
    std::string name(core::to_string(protocol));
    for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return name;
}

/// Whether a socket may have this place, by taking it for a moment.
bool is_free(const Place& place) {
    const UniqueFd socket = socket_of(place);
    if (!socket) return true;  // of a family or protocol that this kernel lacks nobody listens
    const int yes = 1;
    // Connections that have just ended are in nobody's way; of UDP two may share a place so.
    if (place.protocol != Protocol::Udp)
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (place.family == Family::V6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    sockaddr_storage address{};
    const socklen_t size = write_address(place, address);
    // An address that the host does not have (yet) is no port that is taken.
    return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 ||
           errno != EADDRINUSE;
}

/// The sockets on a port, by their numbers in proc(5)'s tables.
std::vector<std::string> sockets_on(Protocol protocol, std::uint16_t port) {
    if (protocol == Protocol::Sctp) return {};
    const bool tcp = protocol == Protocol::Tcp;
    constexpr std::string_view listens = "0A";
    std::vector<std::string> found;
    for (const char* const table : {tcp ? "tcp" : "udp", tcp ? "tcp6" : "udp6"}) {
        const auto text = read_file("/proc/thread-self/net/" + std::string(table));
        if (!text) continue;
        for (const std::string_view line : split(*text, '\n')) {
            const auto words = split_blanks(line);
            constexpr std::size_t inode = 9;
            if (words.size() <= inode || (tcp && words[3] != listens)) continue;
            const std::string_view local = words[1].substr(words[1].find(':') + 1);
            if (std::strtoul(std::string(local).c_str(), nullptr, 16) == port)
                found.emplace_back(words[inode]);
        }
    }
    return found;
}

bool has_socket(const std::filesystem::path& process, const std::vector<std::string>& sockets) {
    std::error_code error;
    for (std::filesystem::directory_iterator fd(process / "fd", error), end; !error && fd != end;
         fd.increment(error)) {
        std::error_code unreadable;
        const std::string target = std::filesystem::read_symlink(fd->path(), unreadable).string();
        const bool own = std::any_of(sockets.begin(), sockets.end(), [&](const std::string& one) {
            return target == "socket:[" + one + "]";
        });
        if (own) return true;
    }
    return false;
}

/// "nginx (pid 412)"; "another process" where /proc does not show it.
std::string owner_of(const Place& place) {
    const auto sockets = sockets_on(place.protocol, place.port);
    std::error_code error;
    for (std::filesystem::directory_iterator one("/proc", error), end;
         !error && one != end && !sockets.empty(); one.increment(error)) {
        const std::string pid = one->path().filename().string();
        const bool process = std::all_of(pid.begin(), pid.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (!process || !has_socket(one->path(), sockets)) continue;
        const auto name = read_file("/proc/" + pid + "/comm");
        return (name ? std::string(trimmed(*name)) : "a process") + " (pid " + pid + ")";
    }
    return "another process";
}

core::Error taken(const Place& place, std::size_t index) {
    const std::string field = "ports[" + std::to_string(index) + "].host";
    const std::string where = place.address ? core::to_string(*place.address) + " port " : "port ";
    core::Error error =
        core::error(core::ErrorKind::Conflict, field + ": " + std::string(core::to_string(place.protocol)) +
                                                   " " + where + std::to_string(place.port) +
                                                   " of the host is taken by " + owner_of(place));
    error.field = field;
    return error;
}

}  // namespace

core::Status check_protocol_is_there(Protocol protocol) {
    const UniqueFd socket = socket_of({protocol, Family::V4, std::nullopt, 0});
    const bool lacks = !socket && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT);
    if (!lacks) return {};
    return core::error(core::ErrorKind::Unsupported,
                       "this kernel has no " + upper(protocol) + ", which a pot could listen with");
}

core::Status check_ports_are_free(const std::vector<core::PortForward>& ports) {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const core::PortForward& row = ports[i];
        for (int n = 0; n < row.count; ++n) {
            for (const Family family : {Family::V4, Family::V6}) {
                if (!(family == Family::V4 ? row.ipv4 : row.ipv6)) continue;
                const Place place{row.protocol, family, row.address,
                                  static_cast<std::uint16_t>(row.host + n)};
                if (!is_free(place)) return taken(place, i);
            }
        }
    }
    return {};
}

}  // namespace potd::platform
