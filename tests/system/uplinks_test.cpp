// Pots on a bridge with an uplink: their addresses are what a router beyond it lets them make (SLAAC). The
// uplink is the lab's third cable, the router its outside.
#include "core/model/hardware_address.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "tests/support/router_advertisement.hpp"
#include "tests/system/lab_fixture.hpp"
#include "tests/system/truth.hpp"

#include <array>
#include <csignal>
#include <cstdlib>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* network = "2001:db8:5::";
constexpr const char* router = "2001:db8:5::9";

PotdOptions with_a_way_on() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true}\n";
    return options;
}

std::string host_ip(const std::string& words) {
    const std::string command = "busybox ip " + words;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), &::pclose);
    std::array<char, 4096> text{};
    const std::size_t got = pipe ? std::fread(text.data(), 1, text.size(), pipe.get()) : 0;
    return {text.data(), got};
}

/// Another address of an interface, at once.
void take_address(const std::string& link, const std::string& address) {
    std::array<std::byte, 16> bytes{};
    ASSERT_EQ(::inet_pton(AF_INET6, address.c_str(), bytes.data()), 1);
    auto socket = platform::NetlinkSocket::open();
    ASSERT_TRUE(socket);
    const auto done = socket->ask(platform::add_address(::if_nametoindex(link.c_str()), bytes, 64));
    ASSERT_TRUE(done) << done.error().message;
}

/// Whether somebody at the address takes a connection that comes from another one.
bool connects_from(const std::string& from, const std::string& to, int port) {
    const int socket = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in6 own{}, other{};
    own.sin6_family = other.sin6_family = AF_INET6;
    other.sin6_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::inet_pton(AF_INET6, from.c_str(), &own.sin6_addr), 1);
    EXPECT_EQ(::inet_pton(AF_INET6, to.c_str(), &other.sin6_addr), 1);
    const bool there = ::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
                       ::connect(socket, reinterpret_cast<const sockaddr*>(&other), sizeof other) == 0;
    ::close(socket);
    return there;
}

class UplinksTest : public LabTest {
  protected:
    UplinksTest() : LabTest(with_a_way_on()) {}

    static Json on_lan() { return {{"type", "private-bridge"}, {"bridge", "lan"}, {"ipv6", "slaac"}}; }
    void make_lan(Json request = Json::object()) {
        request["uplink"] = "spare";
        make_bridge("lan", std::move(request));
    }
    /// On the bridge lan; null while it has none.
    Json shown_address(const std::string& name) {
        const Json pot = api_->inspect(name);
        for (const Json& one : pot["addresses"]) {
            if (one["bridge"] == "lan") return one["address"];
        }
        ADD_FAILURE() << name << " is not on it: " << pot;
        return nullptr;
    }
    /// The router speaks until the pot has an address of its network.
    std::string learnt_address(const std::string& name) {
        Json address;
        EXPECT_TRUE(wait_until([&] {
            lab_->outside([] { static_cast<void>(advertise("far3", network, std::chrono::minutes(10))); });
            return !(address = shown_address(name)).is_null();
        }));
        return address.is_null() ? std::string() : address.get<std::string>();
    }
    void expect_reached(const std::string& name) {
        EXPECT_EQ(from_outside(learnt_address(name)), name + "\n");
    }
    static std::string uplink() { return host_ip("-o link show spare"); }
};

TEST_F(UplinksTest, APotHasTheAddressThatARouterLetsItMake) {
    make_lan();
    Json fixed = on_lan();
    fixed["mac"] = "02:00:5e:10:00:01";
    start(server("web", fixed));
    const auto neighbour = lab_->serve_outside(8081);
    EXPECT_EQ(learnt_address("web"), "2001:db8:5::5eff:fe10:1");
    expect_reached("web");
    inside("web", "exec 3<>/dev/tcp/" + std::string(router) + "/8081; printf 'GET / HTTP/1.0\r\n\r\n' >&3");
    EXPECT_EQ(neighbour.next_client(), learnt_address("web"));
    EXPECT_THAT(inside("web", "busybox ip -6 route"), HasSubstr("default via fe80:"));
    EXPECT_THAT(potctl({"info", "-p", "web"}), HasSubstr("eth0|" + learnt_address("web")));
    EXPECT_THAT(potctl({"info", "-B", "lan"}), AllOf(HasSubstr("spare"), HasSubstr("web")));
    EXPECT_THAT(potctl({"info", "-B", "lan"}), HasSubstr(learnt_address("web")));
    EXPECT_EQ(api_->expect(200, "GET", "/v1/networks/lan")["uplink"], "spare");
    api_->stop("web");
    EXPECT_TRUE(shown_address("web").is_null()) << "known only while it has it";
    api_->start("web");
    EXPECT_EQ(learnt_address("web"), "2001:db8:5::5eff:fe10:1") << "the same with each run";
}

TEST_F(UplinksTest, ItIsASecondBridgeBesideThePublicOne) {
    potctl({"create-private-bridge", "-B", "lan", "--uplink", "spare"});
    made_.emplace_back("web");
    potctl({"create", "-p", "web", "-b", "host", "-N", "public-bridge", "-B", "lan", "-i", "lan|slaac",
            "--publish", "8080:8000", "--", "/bin/sh", "-c",
            "cd /tmp && echo web > ok && exec busybox httpd -f -p 8080"});
    potctl({"start", "web"});
    EXPECT_THAT(potctl({"info", "-p", "web"}), HasSubstr("eth1|none yet, by SLAAC"));
    expect_reached("web");
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    EXPECT_THAT(inside("web", "busybox ip -6 route"),
                AllOf(HasSubstr("2001:db8:5::/64 dev eth1"), HasSubstr("dev eth0"),
                      Not(HasSubstr("default via fe80"))))
        << "its first bridge is the way out";
}

TEST_F(UplinksTest, PotsOfItReachEachOtherUnlessItIsIsolated) {
    make_lan({{"isolated", true}});
    start(server("web", on_lan()));
    start(server("other", on_lan()));
    expect_reached("web");
    expect_reached("other");
    EXPECT_EQ(from_pot("other", learnt_address("web"), 8080), "");
    api_->stop("web");
    api_->stop("other");
    for (const char* pot : {"web", "other"}) potctl({"destroy", pot});
    potctl({"destroy", "-B", "lan"});
    make_lan();
    start(server("web", on_lan()));
    start(server("other", on_lan()));
    expect_reached("web");
    expect_reached("other");
    EXPECT_EQ(from_pot("other", learnt_address("web"), 8080), "web\n");
}

TEST_F(UplinksTest, APotIsNeitherARouterNorAnyoneElse) {
    make_lan();
    start(server("bad", on_lan()));
    start(server("good", on_lan()));
    const auto neighbour = lab_->serve_outside(8081);
    const std::string own = learnt_address("bad");
    expect_reached("good");
    in_network_of("bad", [&] {
        EXPECT_TRUE(connects_from(own, router, 8081));
        take_address("eth0", "2001:db8:5::bad");
        EXPECT_FALSE(connects_from("2001:db8:5::bad", router, 8081)) << "with another end";
        // What ends as its own does is its own in each network that a router tells of.
        EXPECT_TRUE(wait_until([] { return advertise("eth0", "2001:db8:66::"); }));
    });
    // Frames keep their order: what came before has come.
    lab_->outside([] { EXPECT_TRUE(advertise("far3", "2001:db8:7::")); });
    EXPECT_TRUE(wait_until(
        [&] { return inside("good", "busybox ip -6 addr").find("2001:db8:7:") != std::string::npos; }));
    EXPECT_THAT(inside("good", "busybox ip -6 addr"), Not(HasSubstr("2001:db8:66:")));
}

TEST_F(UplinksTest, TheHostIsNotOnTheNetworkBeyond) {
    make_lan();
    start(server("web", on_lan()));
    expect_reached("web");
    for (const std::string& link : lab_->interfaces()) {
        if (!link.starts_with("pb")) continue;
        EXPECT_THAT(host_ip("-o addr show dev " + link), Not(HasSubstr("inet")));
    }
    EXPECT_THAT(host_ip("-6 addr"), Not(HasSubstr("2001:db8:5:")));
    EXPECT_EQ(lab_->fetch_from_host(learnt_address("web"), 8080), "") << "it has no way there";
}

TEST_F(UplinksTest, TheHostGetsItBackAsItWas) {
    ASSERT_EQ(std::system("busybox ip link set spare down"), 0);  // NOLINT: of the test's own words
    make_lan();
    EXPECT_THAT(uplink(), Not(HasSubstr("master"))) << "with the first pot";
    potctl({"vnet-start", "-B", "lan"});
    EXPECT_THAT(uplink(), AllOf(HasSubstr("master pb"), HasSubstr("UP")));
    potd.kill9();
    start_potd_again();
    EXPECT_THAT(uplink(), AllOf(HasSubstr("master pb"), HasSubstr("UP")));
    potctl({"destroy", "-B", "lan"});
    EXPECT_THAT(uplink(), AllOf(Not(HasSubstr("master")), Not(HasSubstr(",UP"))));
    ASSERT_EQ(std::system("busybox ip link set spare up"), 0);  // NOLINT: of the test's own words
    make_lan();
    potctl({"vnet-start", "-B", "lan"});
    potctl({"destroy", "-B", "lan"});
    EXPECT_THAT(uplink(), AllOf(Not(HasSubstr("master")), HasSubstr(",UP")));
}

TEST_F(UplinksTest, WhatAStrangerTakesApartIsPutBack) {
    make_lan();
    start(server("web", on_lan()));
    expect_reached("web");
    const auto is_told = [&](const char* text) {
        return wait_until([&] { return potd.log().find(text) != std::string::npos; });
    };
    ASSERT_EQ(std::system("busybox ip link set spare nomaster"), 0);  // NOLINT: of the test's own words
    EXPECT_TRUE(is_told("and is a member again"));
    EXPECT_EQ(from_outside(learnt_address("web")), "web\n");
    for (const std::string& link : lab_->interfaces()) {
        if (!link.starts_with("pb")) continue;
        const std::string words = "busybox ip link del " + link;
        ASSERT_EQ(std::system(words.c_str()), 0);  // NOLINT: of the test's own words
    }
    EXPECT_TRUE(is_told("is there again with its members"));
    expect_reached("web");
    potd.kill9();
    ASSERT_EQ(std::system("busybox ip link set spare nomaster"), 0);  // NOLINT: of the test's own words
    start_potd_again();
    expect_reached("web");
}

TEST_F(UplinksTest, OneThatIsGoneIsNamedByTheStart) {
    make_lan();
    api_->create(server("web", on_lan()));
    ASSERT_EQ(std::system("busybox ip link del spare"), 0);  // NOLINT: of the test's own words
    std::erase(before_, "spare");
    const Response refused = api_->act("web", "start");
    EXPECT_EQ(refused.status, 409) << refused.describe();
    EXPECT_THAT(refused.json()["detail"].get<std::string>(), HasSubstr("the host has no interface 'spare'"));
    EXPECT_EQ(api_->inspect("web")["state"], "failed");
}

TEST_F(UplinksTest, MistakesAreRefusedByTheirField) {
    const auto bridge = [&](Json request) {
        request["name"] = "bad";
        const Response answer = api_->request("POST", "/v1/networks", request);
        return std::to_string(answer.status) + " " + problem_field(answer) + " " +
               answer.json().value("detail", "");
    };
    EXPECT_THAT(bridge({{"uplink", "nothing"}}), AllOf(HasSubstr("409 uplink "), HasSubstr("nothing")));
    EXPECT_THAT(bridge({{"uplink", "lo"}}), AllOf(HasSubstr("409 uplink "), HasSubstr("loopback")));
    EXPECT_THAT(bridge({{"uplink", "second"}}), AllOf(HasSubstr("409 uplink "), HasSubstr("10.98.0.1/24")));
    EXPECT_THAT(bridge({{"uplink", ""}}), HasSubstr("422 uplink "));
    EXPECT_THAT(bridge({{"uplink", "a/b"}}), HasSubstr("422 uplink "));
    EXPECT_THAT(bridge({{"uplink", "spare"}, {"hosts", 30}}), HasSubstr("422 hosts "));
    EXPECT_THAT(bridge({{"uplink", "spare"}, {"ipv4", "10.20.0.0/24"}}), HasSubstr("422 ipv4 "));
    EXPECT_THAT(bridge({{"uplink", "spare"}, {"ipv6", "fd20::/64"}}), HasSubstr("422 ipv6 "));
    make_lan();
    make_bridge("plain");
    EXPECT_THAT(bridge({{"uplink", "spare"}}), AllOf(HasSubstr("409 uplink "), HasSubstr("network lan")));
    potctl({"vnet-start", "-B", "plain"});
    for (const std::string& link : lab_->interfaces()) {
        if (!link.starts_with("pb")) continue;
        EXPECT_THAT(bridge({{"uplink", link}}), AllOf(HasSubstr("409 uplink "), HasSubstr("bridge")));
    }
    const auto pot = [&](Json wish, const std::string& on, const Json& ports = Json::array()) {
        wish["type"] = "private-bridge";
        wish["bridge"] = on;
        return problem_field(api_->request("POST", "/v1/pots", server("bad", wish, ports)));
    };
    EXPECT_EQ(pot({{"ipv6", "slaac"}}, "plain"), "network.ipv6");
    EXPECT_EQ(pot({{"ipv4", "slaac"}}, "lan"), "network.ipv4");
    EXPECT_EQ(pot({{"ipv6", "2001:db8:5::2"}}, "lan"), "network.ipv6");
    EXPECT_EQ(pot({{"ipv6", "none"}}, "lan"), "network.ipv6");
    EXPECT_EQ(pot({{"ipv4", "10.1.2.3"}}, "lan"), "network.ipv4");
    EXPECT_EQ(pot({{"stack", "dual"}}, "lan"), "network.ipv4");
    EXPECT_EQ(pot({{"stack", "ipv4"}, {"ipv6", "slaac"}}, "lan"), "network.ipv6");
    EXPECT_EQ(pot({{"ipv6", "slaac"}}, "lan", {"80:8000"}), "ports[0]");
    EXPECT_EQ(api_->request("GET", "/v1/pots/bad").status, 404);
}

}  // namespace
}  // namespace potd::test
