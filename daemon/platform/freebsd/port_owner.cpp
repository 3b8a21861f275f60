#include "daemon/platform/freebsd/port_owner.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include <sys/param.h>
// after sys/param.h
#include <sys/queue.h>
// after sys/queue.h
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/socketvar.h>
#include <sys/sysctl.h>
#include <sys/user.h>
// after sys/socketvar.h
#include <netinet/in_pcb.h>
#include <netinet/tcp_fsm.h>
#include <netinet/tcp_var.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;
using Protocol = core::PublishedPort::Protocol;

/// A socket that has a port of the host.
struct Holder {
    Protocol protocol = Protocol::Tcp;
    bool v4 = false, v6 = false;
    std::optional<core::IpAddress> address;  ///< unset: all
    std::uint16_t port = 0;
    std::uint64_t socket = 0;  ///< the kernel's number of it
};

core::Result<std::vector<char>> kernel_table(const char* name) {
    for (int tries = 0; tries < 5; ++tries) {
        std::size_t size = 0;
        if (::sysctlbyname(name, nullptr, &size, nullptr, 0) != 0) break;
        std::vector<char> bytes(size + size / 4);
        size = bytes.size();
        if (::sysctlbyname(name, bytes.data(), &size, nullptr, 0) == 0) {
            bytes.resize(size);
            return bytes;
        }
        // More have come since.
        if (errno != ENOMEM) break;
    }
    return core::os_error(errno, name);
}

std::optional<core::IpAddress> local_address(const xinpcb& socket) {
    core::IpAddress address;
    const bool v4 = (socket.inp_vflag & INP_IPV4) != 0;
    address.family = v4 ? Family::V4 : Family::V6;
    if (v4)
        std::memcpy(address.bytes.data(), &socket.inp_inc.inc_laddr, 4);
    else
        std::memcpy(address.bytes.data(), &socket.inp_inc.inc6_laddr, address.bytes.size());
    const bool all =
        std::all_of(address.bytes.begin(), address.bytes.end(), [](auto byte) { return byte == 0; });
    return all ? std::nullopt : std::optional(address);
}

Holder holder_of(Protocol protocol, const xinpcb& socket) {
    Holder one;
    one.protocol = protocol;
    one.v4 = (socket.inp_vflag & INP_IPV4) != 0;
    one.v6 = (socket.inp_vflag & INP_IPV6) != 0;
    one.address = local_address(socket);
    one.port = ntohs(socket.inp_inc.inc_lport);
    one.socket = socket.xi_socket.xso_so;
    return one;
}

/// The tables begin and end with a header of their own; each entry says how long it is.
template <class Entry, class Take>
void each_entry(const std::vector<char>& bytes, const Take& take) {
    std::size_t at = sizeof(xinpgen);
    while (at + sizeof(ksize_t) <= bytes.size()) {
        ksize_t length = 0;
        std::memcpy(&length, bytes.data() + at, sizeof length);
        if (length <= sizeof(xinpgen) || at + length > bytes.size()) return;
        Entry entry{};
        std::memcpy(&entry, bytes.data() + at, std::min<std::size_t>(length, sizeof entry));
        take(entry);
        at += length;
    }
}

core::Result<std::vector<Holder>> holders() {
    std::vector<Holder> all;
    const auto tcp = kernel_table("net.inet.tcp.pcblist"), udp = kernel_table("net.inet.udp.pcblist");
    if (!tcp || !udp) return (tcp ? udp : tcp).error();
    each_entry<xtcpcb>(*tcp, [&](const xtcpcb& entry) {
        if (entry.t_state == TCPS_LISTEN) all.push_back(holder_of(Protocol::Tcp, entry.xt_inp));
    });
    each_entry<xinpcb>(*udp, [&](const xinpcb& entry) {
        if (entry.inp_inc.inc_lport != 0) all.push_back(holder_of(Protocol::Udp, entry));
    });
    return all;
}

/// "nginx (pid 412)"; "another process" where the kernel does not show it.
std::string owner_of(std::uint64_t socket) {
    const auto files = kernel_table("kern.file");
    if (!files) return "another process";
    for (std::size_t at = 0; at + sizeof(xfile) <= files->size();) {
        xfile file{};
        std::memcpy(&file, files->data() + at, sizeof file);
        if (file.xf_size == 0) break;
        at += file.xf_size;
        if (file.xf_data != socket) continue;
        std::array<int, 4> question{CTL_KERN, KERN_PROC, KERN_PROC_PID, file.xf_pid};
        kinfo_proc process{};
        std::size_t size = sizeof process;
        const bool known = ::sysctl(question.data(), 4, &process, &size, nullptr, 0) == 0 && size != 0;
        return (known ? std::string(&process.ki_comm[0]) : std::string("a process")) + " (pid " +
               std::to_string(file.xf_pid) + ")";
    }
    return "another process";
}

core::Error port_taken(const core::PortForward& row, int port, std::size_t index, std::uint64_t socket) {
    const std::string field = "ports[" + std::to_string(index) + "].host";
    const std::string where = row.address ? core::to_string(*row.address) + " port " : "port ";
    core::Error error = core::error(
        core::ErrorKind::Conflict, field + ": " + std::string(core::to_string(row.protocol)) + " " + where +
                                       std::to_string(port) + " of the host is taken by " + owner_of(socket));
    error.field = field;
    return error;
}

/// Whether the socket has one of the row's ports; of both all addresses are meant where none is named.
bool is_in_the_way(const Holder& holder, const core::PortForward& row) {
    const bool family = (row.ipv4 && holder.v4) || (row.ipv6 && holder.v6);
    const bool address = !row.address || !holder.address || *row.address == *holder.address;
    return family && address && holder.protocol == row.protocol && holder.port >= row.host &&
           holder.port < row.host + row.count;
}

}  // namespace

core::Status check_ports_are_free(const std::vector<core::PortForward>& ports) {
    if (ports.empty()) return {};
    const auto all = holders();
    if (!all) return all.error();
    for (std::size_t i = 0; i < ports.size(); ++i) {
        for (const Holder& one : *all) {
            if (is_in_the_way(one, ports[i])) return port_taken(ports[i], one.port, i, one.socket);
        }
    }
    return {};
}

}  // namespace potd::platform
