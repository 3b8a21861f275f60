// Limits on what pots receive and send, with real packets: a bridge and two members, each in a network
// namespace of its own. What passed is told by the counters at the ends, not by a clock.
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "daemon/platform/linux/traffic_table.hpp"
#include "daemon/platform/posix/file.hpp"
#include "tests/integration/network/net_space.hpp"

#include <array>
#include <memory>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::FirewallRates;

constexpr std::int64_t datagrams = 2000, datagram = 1000;
constexpr std::int64_t all_of_it = datagrams * datagram;
/// So slow that a machine may take ten seconds for sending it all.
constexpr std::uint64_t slow = 50'000;

class RatesTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
        host_ = std::make_unique<NetSpace>();
        std::string missing;
        host_->run([&] {
            auto nft = platform::Nft::open();
            const core::Status able =
                nft ? nft->check(platform::rate_part(table) +
                                 platform::add_rates(table, {"probe", {"probe"}, 1024, 1024}))
                    : core::Status(nft.error());
            if (!able) missing = able.error().message;
            auto socket = platform::NetlinkSocket::open();
            const std::array<std::uint8_t, 6> hardware{2, 0, 0, 0, 7, 9};
            if (!missing.empty()) return;
            ASSERT_TRUE(socket &&
                        socket->ask(platform::create_bridge("br0", std::as_bytes(std::span(hardware)))));
        });
        if (!missing.empty()) GTEST_SKIP() << missing;
        host_->set_up("br0", {"10.1.0.1/24"});
        for (std::uint8_t i = 0; i < 2; ++i) {
            lay_cable(*host_, link_of(i), link_number(*host_, "br0"), pots_[i], "eth0", {2, 0, 0, 0, 7, i});
            pots_[i].set_up("eth0", {address_of(i) + "/24"});
        }
        run(platform::whole_tables(table, {}) + platform::rate_part(table));
        // Each knows where the other is: what waits for that is dropped beyond some packets.
        const Answerer answerer(pots_[1], SOCK_DGRAM, 80);
        ASSERT_TRUE(asked(pots_[0], SOCK_DGRAM, address_of(1), 80));
    }

    static std::string link_of(int pot) { return "pv" + std::to_string(pot); }
    static std::string address_of(int pot) { return "10.1.0." + std::to_string(2 + pot); }
    void run(const std::string& commands) const {
        host_->run([&] {
            auto nft = platform::Nft::open();
            ASSERT_TRUE(nft) << nft.error().message;
            const auto done = nft->run(commands);
            ASSERT_TRUE(done) << done.error().message << "\n" << commands;
        });
    }
    [[nodiscard]] core::Traffic traffic_of(int pot) const {
        core::Traffic total;
        pots_[static_cast<std::size_t>(pot)].run([&] {
            const auto text = platform::read_file("/proc/thread-self/net/dev");
            ASSERT_TRUE(text) << text.error().message;
            total = platform::total_of(platform::parse_traffic(*text));
        });
        return total;
    }
    /// Two megabytes from the first pot to the second: what the first has sent and the second received.
    struct Passed {
        std::int64_t sent, received;
    };
    [[nodiscard]] Passed send_all() const {
        const core::Traffic first = traffic_of(0), second = traffic_of(1);
        pots_[0].run([&] {
            const platform::UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_port = htons(9);
            ASSERT_EQ(::inet_pton(AF_INET, address_of(1).c_str(), &to.sin_addr), 1);
            const std::string content(datagram, 'x');
            for (std::int64_t i = 0; i < datagrams; ++i)
                ASSERT_EQ(::sendto(socket.get(), content.data(), content.size(), 0,
                                   reinterpret_cast<const sockaddr*>(&to), sizeof to),
                          datagram);
        });
        return {traffic_of(0).tx_bytes - first.tx_bytes, traffic_of(1).rx_bytes - second.rx_bytes};
    }

    static constexpr const char* table = "potd_rates";
    std::unique_ptr<NetSpace> host_;
    std::array<NetSpace, 2> pots_;
};

TEST_F(RatesTest, WithoutALimitAllPasses) {
    const Passed passed = send_all();
    EXPECT_GE(passed.sent, all_of_it);
    EXPECT_GE(passed.received, all_of_it);
}

TEST_F(RatesTest, WhatAPotSendsBeyondItsRateIsHeldBack) {
    run(platform::add_rates(table, {link_of(0), {link_of(0)}, 0, slow}));
    const Passed passed = send_all();
    EXPECT_GE(passed.sent, all_of_it) << "the pot did send it";
    EXPECT_GE(passed.received, static_cast<std::int64_t>(slow)) << "a second's worth comes at once";
    EXPECT_LT(passed.received, all_of_it / 2);
}

TEST_F(RatesTest, WhatAPotReceivesBeyondItsRateIsHeldBack) {
    run(platform::add_rates(table, {link_of(1), {link_of(1)}, slow, 0}));
    const Passed passed = send_all();
    EXPECT_GE(passed.sent, all_of_it);
    EXPECT_GE(passed.received, static_cast<std::int64_t>(slow));
    EXPECT_LT(passed.received, all_of_it / 2);
}

TEST_F(RatesTest, TheOtherDirectionIsNotLimited) {
    run(platform::add_rates(table, {link_of(0), {link_of(0)}, slow, 0}));
    run(platform::add_rates(table, {link_of(1), {link_of(1)}, 0, slow}));
    EXPECT_GE(send_all().received, all_of_it);
}

TEST_F(RatesTest, ALimitChangesAndGoesInOneTransaction) {
    const FirewallRates before{link_of(0), {link_of(0)}, 0, slow};
    const FirewallRates after{link_of(0), {link_of(0)}, 0, 10'000'000'000};
    run(platform::add_rates(table, before));
    run(platform::remove_rates(table, before) + platform::add_rates(table, after));
    EXPECT_GE(send_all().received, all_of_it);
    run(platform::remove_rates(table, after) + platform::add_rates(table, before));
    EXPECT_LT(send_all().received, all_of_it / 2);
    run(platform::remove_rates(table, before));
    EXPECT_GE(send_all().received, all_of_it);
}

TEST_F(RatesTest, LinksOfAPotShareOneLimit) {
    // Both are the pot's: what comes from one is what the other takes.
    run(platform::add_rates(table, {link_of(0), {link_of(0), link_of(1)}, 0, slow}));
    EXPECT_LT(send_all().received, all_of_it / 2);
    host_->run([&] {
        auto nft = platform::Nft::open();
        const auto limits = nft->ask("list ruleset");
        ASSERT_TRUE(limits);
        EXPECT_EQ(limits->find("limit pv1"), std::string::npos) << *limits;
    });
}

}  // namespace
}  // namespace potd::test
