#include "tests/integration/network/net_space.hpp"

#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <span>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::NetlinkSocket;
using platform::UniqueFd;

void must(bool done, const char* what) {
    if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void must(const core::Status& done) {
    if (!done) throw std::runtime_error(done.error().message);
}

void on_thread(const std::function<void()>& act) {
    std::exception_ptr failed;
    std::thread([&] {
        try {
            act();
        } catch (...) {
            failed = std::current_exception();
        }
    }).join();
    if (failed) std::rethrow_exception(failed);
}

NetlinkSocket open_netlink() {
    auto socket = NetlinkSocket::open();
    if (!socket) throw std::runtime_error(socket.error().message);
    return std::move(socket).value();
}

std::uint32_t number_here(const std::string& name) {
    const auto host = platform::read_host_network();
    if (!host) throw std::runtime_error(host.error().message);
    for (const platform::HostInterface& one : host->interfaces)
        if (one.name == name) return one.index;
    throw std::runtime_error("no link " + name);
}

std::span<const std::byte> bytes_of(const core::IpAddress& address) {
    return std::as_bytes(std::span(address.bytes)).first(static_cast<std::size_t>(address.bits() / 8));
}

core::IpAddress address_of(const std::string& text) {
    const auto address = core::parse_ip_address(text);
    if (!address) throw std::runtime_error("no address: " + text);
    return *address;
}

/// As an IPv6 address, mapped where it is of IPv4.
sockaddr_in6 socket_address(const core::IpAddress& address, std::uint16_t port) {
    sockaddr_in6 out{};
    out.sin6_family = AF_INET6;
    out.sin6_port = htons(port);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(&out.sin6_addr);
    if (address.family == core::IpAddress::Family::V6) {
        std::memcpy(bytes, address.bytes.data(), 16);
        return out;
    }
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes + 12, address.bytes.data(), 4);
    return out;
}

std::string text_of(const sockaddr_in6& peer) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &peer.sin6_addr, text.data(), text.size());
    std::string out = text.data();
    return out.starts_with("::ffff:") ? out.substr(7) : out;
}

UniqueFd open_socket(int type) {
    UniqueFd fd(::socket(AF_INET6, type | SOCK_CLOEXEC, 0));
    must(static_cast<bool>(fd), "socket");
    const int off = 0;
    must(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0, "IPV6_V6ONLY");
    return fd;
}

std::optional<std::string> ask_here(int type, const std::string& address, std::uint16_t port,
                                    const std::string& from) {
    const UniqueFd fd = open_socket(type);
    const timeval patience{0, 500'000};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!from.empty()) {
        const sockaddr_in6 own = socket_address(address_of(from), 0);
        const int on = 1;
        must(::setsockopt(fd.get(), IPPROTO_IP, IP_FREEBIND, &on, sizeof on) == 0, "IP_FREEBIND");
        must(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_FREEBIND, &on, sizeof on) == 0, "IPV6_FREEBIND");
        must(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
    }
    const sockaddr_in6 to = socket_address(address_of(address), port);
    std::array<char, 128> answer{};
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return std::nullopt;
    if (::send(fd.get(), "?", 1, MSG_NOSIGNAL) != 1) return std::nullopt;
    const ssize_t got = ::recv(fd.get(), answer.data(), answer.size(), 0);
    if (got <= 0) return std::nullopt;
    return std::string(answer.data(), static_cast<std::size_t>(got));
}

}  // namespace

NetSpace::NetSpace() {
    on_thread([this] {
        must(::unshare(CLONE_NEWNET) == 0, "unshare");
        fd_ = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        must(static_cast<bool>(fd_), "open the namespace");
        must(open_netlink().ask(platform::raise_link(number_here("lo"))));
    });
}

void NetSpace::run(const std::function<void()>& act) const {
    on_thread([&] {
        must(::setns(fd_.get(), CLONE_NEWNET) == 0, "setns");
        act();
    });
}

void NetSpace::set_up(const std::string& link, const std::vector<std::string>& addresses) const {
    run([&] {
        NetlinkSocket socket = open_netlink();
        const std::uint32_t number = number_here(link);
        must(socket.ask(platform::raise_link(number)));
        for (const std::string& one : addresses) {
            const std::size_t slash = one.find('/');
            const core::IpAddress address = address_of(one.substr(0, slash));
            const auto prefix = static_cast<std::uint8_t>(std::stoi(one.substr(slash + 1)));
            must(socket.ask(platform::add_address(number, bytes_of(address), prefix)));
        }
    });
}

void NetSpace::add_gateway(const std::string& link, const std::string& gateway) const {
    run([&] {
        const core::IpAddress address = address_of(gateway);
        must(open_netlink().ask(platform::add_default_route(number_here(link), bytes_of(address))));
    });
}

void NetSpace::set(const std::string& sysctl, const std::string& value) const {
    run([&] {
        std::ofstream file("/proc/sys/net/" + sysctl);
        file << value << std::flush;
        must(file.good(), sysctl.c_str());
    });
}

void lay_cable(const NetSpace& from, const std::string& from_name, std::uint32_t bridge, const NetSpace& to,
               const std::string& to_name, const std::array<std::uint8_t, 6>& hardware) {
    from.run([&] {
        must(open_netlink().ask(
            platform::create_cable(from_name, bridge, to_name, to.fd(), std::as_bytes(std::span(hardware)))));
    });
}

std::uint32_t link_number(const NetSpace& space, const std::string& name) {
    std::uint32_t number = 0;
    space.run([&] { number = number_here(name); });
    return number;
}

platform::UniqueFd packet_socket(const NetSpace& space, const std::string& link) {
    platform::UniqueFd made;
    const std::uint32_t number = link_number(space, link);
    space.run([&] {
        made = platform::UniqueFd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)));
        sockaddr_ll where{};
        where.sll_family = AF_PACKET;
        where.sll_protocol = htons(ETH_P_ALL);
        where.sll_ifindex = static_cast<int>(number);
        EXPECT_EQ(::bind(made.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    });
    return made;
}

Answerer::Answerer(const NetSpace& space, int type, std::uint16_t port) : stop_(::eventfd(0, EFD_CLOEXEC)) {
    space.run([&] {
        socket_ = open_socket(type);
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in6 own{};
        own.sin6_family = AF_INET6;
        own.sin6_port = htons(port);
        must(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0, "bind");
        if (type == SOCK_STREAM) must(::listen(socket_.get(), 16) == 0, "listen");
    });
    thread_ = std::thread([this, type] { serve(type); });
}

Answerer::~Answerer() {
    const std::uint64_t one = 1;
    EXPECT_EQ(::write(stop_.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    thread_.join();
}

void Answerer::serve(int type) {
    for (;;) {
        std::array<pollfd, 2> wanted{pollfd{socket_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
        if (::poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR) return;
        if (wanted[1].revents != 0) return;
        sockaddr_in6 peer{};
        socklen_t size = sizeof peer;
        auto* const address = reinterpret_cast<sockaddr*>(&peer);
        std::array<char, 16> question{};
        if (type == SOCK_DGRAM) {
            if (::recvfrom(socket_.get(), question.data(), question.size(), 0, address, &size) < 0) continue;
            const std::string answer = text_of(peer);
            (void)::sendto(socket_.get(), answer.data(), answer.size(), MSG_NOSIGNAL, address, size);
            continue;
        }
        const UniqueFd one(::accept4(socket_.get(), address, &size, SOCK_CLOEXEC));
        const std::string answer = text_of(peer);
        if (one) (void)::send(one.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
}

std::optional<std::string> asked(const NetSpace& space, int type, const std::string& address,
                                 std::uint16_t port, const std::string& from) {
    constexpr int most = 20;
    std::optional<std::string> answer;
    for (int i = 0; i < most && !answer; ++i) answer = asked_in_vain(space, type, address, port, from);
    return answer;
}

std::optional<std::string> asked_in_vain(const NetSpace& space, int type, const std::string& address,
                                         std::uint16_t port, const std::string& from) {
    std::optional<std::string> answer;
    space.run([&] { answer = ask_here(type, address, port, from); });
    return answer;
}

}  // namespace potd::test
