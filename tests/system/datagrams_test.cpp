// Published ports of UDP and SCTP, over both families and from everywhere: sockets of the test's own in the
// networks of the pots, which idle.
#include "tests/system/lab_fixture.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <system_error>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

constexpr int answer_wait = 5'000;  // milliseconds
constexpr int in_vain = 300;        // for what must not come; milliseconds

PotdOptions forwarding() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true, ports: 20000-20099}\n";
    return options;
}

/// A socket in the network of the thread that made it.
class Socket {
  public:
    Socket(int family, int type, int protocol) : fd_(::socket(family, type | SOCK_CLOEXEC, protocol)) {}
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&&) = delete;
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool readable(int wait) const {
        pollfd entry{fd_, POLLIN, 0};
        return ::poll(&entry, 1, wait) > 0;
    }

  private:
    int fd_;
};

/// Bound to a port of all addresses of both families.
Socket bound(int type, int protocol, int port) {
    Socket made(AF_INET6, type, protocol);
    sockaddr_in6 where{};
    where.sin6_family = AF_INET6;
    where.sin6_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::bind(made.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    if (type == SOCK_STREAM) {
        EXPECT_EQ(::listen(made.get(), 8), 0);
    }
    return made;
}

Socket connected(int type, int protocol, const std::string& address, int port) {
    addrinfo hints{}, *found = nullptr;
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_STREAM;
    EXPECT_EQ(::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found), 0) << address;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    Socket made(found->ai_family, type, protocol);
    EXPECT_EQ(::connect(made.get(), found->ai_addr, found->ai_addrlen), 0)
        << address << ": " << std::generic_category().message(errno);
    return made;
}

std::string text_from(int fd) {
    std::array<char, 64> buffer{};
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

/// What a server of UDP is sent comes back with its name. Only what comes from where it was sent to is taken
/// by the asking socket.
std::string ask(const Socket& server, const std::string& name, const std::string& address, int port,
                int wait = answer_wait) {
    const Socket client = connected(SOCK_DGRAM, 0, address, port);
    EXPECT_EQ(::send(client.get(), "hello", 5, 0), 5) << address;
    if (!server.readable(wait)) return "not reached";
    std::array<char, 64> buffer{};
    sockaddr_in6 from{};
    socklen_t size = sizeof from;
    const ssize_t got =
        ::recvfrom(server.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    EXPECT_EQ(got, 5);
    EXPECT_GT(
        ::sendto(server.get(), name.data(), name.size(), 0, reinterpret_cast<const sockaddr*>(&from), size),
        0);
    if (!client.readable(wait)) return "not answered";
    return text_from(client.get());
}

class DatagramsTest : public LabTest {
  protected:
    DatagramsTest() : LabTest(forwarding(), {}) {}

    /// In the pot's network.
    Socket server_in(const std::string& pot, int type, int protocol, int port) {
        int fd = -1;
        in_network_of(pot, [&] { fd = ::dup(bound(type, protocol, port).get()); });
        return Socket(fd);
    }
};

TEST_F(DatagramsTest, APublishedPortOfUdpLeadsToItFromEverywhere) {
    start(idler("web", on_public(), {"udp:5353:8000"}));
    start(idler("other", on_public()));
    const Socket server = server_in("web", SOCK_DGRAM, 0, 5353);
    for (const char* const address : {"10.99.0.1", "fd99::1"}) {
        lab_->outside([&] { EXPECT_EQ(ask(server, "web", address, 8000), "web") << "outside, " << address; });
        EXPECT_EQ(ask(server, "web", address, 8000), "web") << "host, " << address;
        for (const char* const pot : {"other", "web"})
            in_network_of(pot,
                          [&] { EXPECT_EQ(ask(server, "web", address, 8000), "web") << pot << address; });
    }
    EXPECT_EQ(ask(server, "web", "127.0.0.1", 8000), "web");
    EXPECT_EQ(ask(server, "web", address_of("web"), 5353), "web") << "by its own address";
    EXPECT_EQ(ask(server, "web", address_of("web", true), 5353), "web");
    in_network_of("other", [&] { EXPECT_EQ(ask(server, "web", address_of("web"), 5353), "web"); });
}

TEST_F(DatagramsTest, APortOfUdpThatGoesLeadsNowhere) {
    start(idler("web", on_public(), {"udp:5353:8000"}));
    const Socket server = server_in("web", SOCK_DGRAM, 0, 5353);
    lab_->outside([&] { EXPECT_EQ(ask(server, "web", "10.99.0.1", 8000), "web"); });
    potctl({"export-ports", "-p", "web", "-e", "udp:5353:9000"});
    lab_->outside([&] {
        EXPECT_EQ(ask(server, "web", "10.99.0.1", 8000, in_vain), "not reached") << "a new conversation";
        EXPECT_EQ(ask(server, "web", "10.99.0.1", 9000), "web");
        EXPECT_EQ(ask(server, "web", "fd99::1", 9000), "web");
    });
}

TEST_F(DatagramsTest, APublishedPortOfSctpLeadsToIt) {
    const Socket probe(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
    if (probe.get() < 0) GTEST_SKIP() << "no SCTP in this kernel: " << std::generic_category().message(errno);
    start(idler("web", on_public(), {"sctp:5000:8000"}));
    const Socket server = server_in("web", SOCK_STREAM, IPPROTO_SCTP, 5000);
    const auto talks = [&](const char* address) {
        const Socket client = connected(SOCK_STREAM, IPPROTO_SCTP, address, 8000);
        ASSERT_TRUE(server.readable(answer_wait)) << address;
        const Socket accepted(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
        ASSERT_EQ(::send(client.get(), "hello", 5, MSG_NOSIGNAL), 5);
        ASSERT_TRUE(accepted.readable(answer_wait));
        EXPECT_EQ(text_from(accepted.get()), "hello");
        ASSERT_EQ(::send(accepted.get(), "web", 3, MSG_NOSIGNAL), 3);
        ASSERT_TRUE(client.readable(answer_wait));
        EXPECT_EQ(text_from(client.get()), "web");
    };
    for (const char* const address : {"10.99.0.1", "fd99::1"}) {
        lab_->outside([&] { talks(address); });
        talks(address);
    }
}

TEST_F(DatagramsTest, WithoutSctpInTheKernelAPortOfItIsRefusedByItsField) {
    const Socket probe(AF_INET, SOCK_STREAM, IPPROTO_SCTP);
    if (probe.get() >= 0) GTEST_SKIP() << "this kernel has SCTP";
    const Response refused =
        api_->request("POST", "/v1/pots", idler("web", on_public(), {"80:8000", "sctp:5000:8000"}));
    EXPECT_EQ(problem_field(refused), "ports[1].protocol") << refused.describe();
    EXPECT_EQ(problem_code(refused), "unsupported");
    EXPECT_THAT(refused.json().value("detail", ""), HasSubstr("no SCTP"));
    EXPECT_EQ(api_->request("GET", "/v1/pots/web").status, 404);
    start(idler("web", on_public(), {"80:8000"}));
    const Response changed = api_->request("PATCH", "/v1/pots/web", {{"ports", {"sctp:5000:8000"}}});
    EXPECT_EQ(problem_field(changed), "ports[0].protocol") << changed.describe();
}

}  // namespace
}  // namespace potd::test
