#include "tests/support/network_lab.hpp"

#include "daemon/platform/linux/netlink_requests.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::NetlinkMessage;

constexpr int patience = 5'000;  // milliseconds

[[noreturn]] void lab_fails(const std::string& what) {
    throw std::runtime_error("network lab: " + what + ": " + std::strerror(errno));  // NOLINT: tests
}

int checked(int result, const std::string& what) {
    if (result < 0) lab_fails(what);
    return result;
}

int own_namespace() {
    return checked(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "open the network");
}

/// Requests to the kernel about the network of the thread that made it.
class Links {
  public:
    Links() : socket_(checked(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "netlink")) {}
    ~Links() { ::close(socket_); }
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;

    void ask(NetlinkMessage message, const std::string& what) const {
        const auto bytes = message.bytes();
        checked(static_cast<int>(::send(socket_, bytes.data(), bytes.size(), 0)), what);
        std::array<std::byte, 8192> buffer{};
        const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        std::span<const std::byte> rest(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        platform::NetlinkPart part;
        if (!platform::take_netlink_part(rest, part)) lab_fails(what);
        errno = -part.error();
        if (errno != 0) lab_fails(what);
    }

    void add_cable(const char* near, const char* far, int far_namespace) const {
        NetlinkMessage message(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
        message.header(ifinfomsg{});
        message.text(IFLA_IFNAME, near);
        const std::size_t info = message.begin(IFLA_LINKINFO);
        message.text(IFLA_INFO_KIND, "veth");
        const std::size_t data = message.begin(IFLA_INFO_DATA);
        const std::size_t peer = message.begin(VETH_INFO_PEER);
        message.header(ifinfomsg{});
        message.text(IFLA_IFNAME, far);
        message.number(IFLA_NET_NS_FD, static_cast<std::uint32_t>(far_namespace));
        for (const std::size_t begun : {peer, data, info}) message.end(begun);
        ask(message, std::string("make the cable ") + near);
    }

    void set_up(const char* name, const std::vector<std::string>& addresses) const {
        const std::uint32_t index = ::if_nametoindex(name);
        ask(platform::raise_link(index), std::string("raise ") + name);
        for (const std::string& text : addresses) {
            const std::size_t slash = text.find('/');
            const auto prefix = static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1)));
            ask(platform::add_address(index, address_bytes(text.substr(0, slash)), prefix), text);
        }
    }

    void add_way_out(const char* name, const char* gateway) const {
        ask(platform::add_default_route(::if_nametoindex(name), address_bytes(gateway)), "way out");
    }

  private:
    static std::vector<std::byte> address_bytes(const std::string& text) {
        const bool six = text.find(':') != std::string::npos;
        std::vector<std::byte> bytes(six ? 16 : 4);
        if (::inet_pton(six ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1)
            throw std::runtime_error("no address: " + text);
        return bytes;
    }

    int socket_;
};

std::string read_to_end(int socket) {
    std::string answer;
    std::array<char, 4096> buffer{};
    for (;;) {
        pollfd entry{socket, POLLIN, 0};
        if (::poll(&entry, 1, patience) <= 0) return answer;
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) return answer;
        answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

bool connects(int socket, const addrinfo& to) {
    if (::connect(socket, to.ai_addr, to.ai_addrlen) == 0) return true;
    pollfd entry{socket, POLLOUT, 0};
    if (errno != EINPROGRESS || ::poll(&entry, 1, patience) <= 0) return false;
    int failure = 0;
    socklen_t size = sizeof failure;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

/// From the network of the calling thread.
std::string fetch(const std::string& address, int port) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return {};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    std::string answer;
    constexpr std::string_view request = "GET /ok HTTP/1.0\r\n\r\n";
    if (connects(socket, *found) && ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) > 0)
        answer = read_to_end(socket);
    ::close(socket);
    const std::size_t body = answer.find("\r\n\r\n");
    return body == std::string::npos ? answer : answer.substr(body + 4);
}

int bound_socket(int type, int port) {
    const int socket = checked(::socket(AF_INET6, type | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in6 where{};
    where.sin6_family = AF_INET6;
    where.sin6_port = htons(static_cast<std::uint16_t>(port));
    checked(::bind(socket, reinterpret_cast<const sockaddr*>(&where), sizeof where), "bind");
    return socket;
}

/// In the network of the calling thread interfaces have their addresses at once. The kernel else asks for up
/// to two seconds whether somebody has their link-local ones, and until then does not ask for neighbours of
/// what it forwards, which gives up after three seconds.
void trust_addresses() {
    for (const char* const who : {"all", "default"}) {
        const std::string path = std::string("/proc/sys/net/ipv6/conf/") + who + "/accept_dad";
        std::ofstream file(path);
        file << 0 << std::flush;
        if (!file) lab_fails(path);
    }
}

}  // namespace

NetworkLab::NetworkLab() : before_(own_namespace()) {
    std::thread([this] {
        if (::unshare(CLONE_NEWNET) == 0) outside_ = ::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    }).join();
    try {
        checked(outside_, "make the outside");
        checked(::unshare(CLONE_NEWNET), "make the host");
        const Links here;
        trust_addresses();
        outside(trust_addresses);
        here.set_up("lo", {});
        here.add_cable("uplink", "far", outside_);
        here.add_cable("second", "far2", outside_);
        here.add_cable("spare", "far3", outside_);
        outside([] {
            const Links there;
            there.set_up("lo", {"192.0.2.1/32"});
            there.set_up("far", {"10.99.0.9/24", "fd99::9/64"});
            there.set_up("far2", {"10.98.0.9/24"});
            there.set_up("far3", {"2001:db8:5::9/64"});
        });
        here.set_up("uplink", {"10.99.0.1/24", "fd99::1/64"});
        here.set_up("second", {"10.98.0.1/24"});
        here.set_up("spare", {});
        here.add_way_out("uplink", "10.99.0.9");
    } catch (...) {
        ::setns(before_, CLONE_NEWNET);
        ::close(before_);
        ::close(outside_);
        throw;
    }
}

NetworkLab::~NetworkLab() {
    if (::setns(before_, CLONE_NEWNET) != 0) std::abort();
    ::close(before_);
    ::close(outside_);
}

std::string NetworkLab::lacks() {
    static const std::string reason = []() -> std::string {
        try {
            const NetworkLab lab;
            return {};
        } catch (const std::exception& problem) {
            return problem.what();
        }
    }();
    return reason;
}

void NetworkLab::outside(const std::function<void()>& act) const {
    std::exception_ptr problem;
    std::thread([&] {
        try {
            checked(::setns(outside_, CLONE_NEWNET), "go outside");
            act();
        } catch (...) {
            problem = std::current_exception();
        }
    }).join();
    if (problem) std::rethrow_exception(problem);
}

std::vector<std::string> NetworkLab::interfaces() const {
    std::vector<std::string> names;
    const std::unique_ptr<struct if_nameindex, void (*)(struct if_nameindex*)> all(::if_nameindex(),
                                                                                   &::if_freenameindex);
    for (const struct if_nameindex* one = all.get(); one != nullptr && one->if_index != 0; ++one)
        names.emplace_back(one->if_name);
    std::sort(names.begin(), names.end());
    return names;
}

std::string NetworkLab::fetch_from_outside(const std::string& address, int port) const {
    std::string answer;
    outside([&] { answer = fetch(address, port); });
    return answer;
}

std::string NetworkLab::fetch_from_host(const std::string& address, int port) const {
    return fetch(address, port);
}

NetworkLab::Server NetworkLab::serve_outside(int port) const {
    int listener = -1;
    outside([&] {
        listener = bound_socket(SOCK_STREAM, port);
        checked(::listen(listener, 8), "listen");
    });
    return Server(listener);
}

NetworkLab::Server NetworkLab::take_datagrams(int port) const {
    int socket = -1;
    // What is not read is dropped, once the socket's buffer is full.
    outside([&] { socket = bound_socket(SOCK_DGRAM, port); });
    return Server(socket);
}

std::int64_t NetworkLab::received_outside() const {
    std::int64_t bytes = -1;
    outside([&] {
        std::ifstream table("/proc/thread-self/net/dev");
        std::string line;
        while (std::getline(table, line)) {
            const std::size_t at = line.find("far:");
            if (at != std::string::npos) bytes = std::stoll(line.substr(at + 4));
        }
    });
    return bytes;
}

NetworkLab::Server::~Server() {
    ::close(listener_);
}

std::string NetworkLab::Server::next_client() const {
    pollfd entry{listener_, POLLIN, 0};
    if (::poll(&entry, 1, patience) <= 0) return {};
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const int client = ::accept4(listener_, reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC);
    if (client < 0) return {};
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, &from.sin6_addr, text.data(), text.size());
    constexpr std::string_view mapped = "::ffff:";
    std::string seen = text.data();
    if (seen.starts_with(mapped)) seen.erase(0, mapped.size());
    // A connection that is closed with something unread is reset, and the answer with it.
    std::array<char, 512> request{};
    pollfd asked{client, POLLIN, 0};
    if (::poll(&asked, 1, patience) > 0) static_cast<void>(::recv(client, request.data(), request.size(), 0));
    const std::string answer = "HTTP/1.0 200 OK\r\n\r\n" + seen + "\n";
    static_cast<void>(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL));
    ::close(client);
    return seen;
}

}  // namespace potd::test
