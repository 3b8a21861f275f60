#include "daemon/platform/linux/connection_counter.hpp"

#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

const std::string out_and_in =
    "ipv4     2 tcp      6 431999 ESTABLISHED src=10.1.0.2 dst=198.51.100.2 sport=4000 dport=80 "
    "src=198.51.100.2 dst=198.51.100.1 sport=80 dport=4000 [ASSURED] mark=0 zone=0 use=2\n"
    "ipv4     2 udp      17 29 src=198.51.100.2 dst=198.51.100.1 sport=5 dport=53 [UNREPLIED] src=10.1.0.2 "
    "dst=198.51.100.2 sport=53 dport=5 mark=0 zone=0 use=2\n"
    "ipv6     10 tcp      6 60 TIME_WAIT src=fd01:0000:0000:0000:0000:0000:0000:0002 "
    "dst=fd01:0000:0000:0000:0000:0000:0000:0003 sport=1 dport=2 src=fd01:0000:0000:0000:0000:0000:0000:0003 "
    "dst=fd01:0000:0000:0000:0000:0000:0000:0002 sport=2 dport=1 mark=0 zone=0 use=2\n";

core::IpAddress ip(const char* text) {
    return core::parse_ip_address(text).value();
}

TEST(ConnectionCounterTest, CountsWhatAnAddressOpensAndWhatLeadsToIt) {
    const auto counts = count_connections(out_and_in);
    EXPECT_EQ(counts.at(ip("10.1.0.2")), 2) << "one out, one in by a published port";
    EXPECT_EQ(counts.at(ip("fd01::2")), 1);
    EXPECT_EQ(counts.at(ip("fd01::3")), 1);
    EXPECT_FALSE(counts.contains(ip("198.51.100.1"))) << "that is only where it was led through";
}

TEST(ConnectionCounterTest, AConversationWithItselfIsOne) {
    EXPECT_EQ(count_connections(" src=10.1.0.2 dst=10.1.0.2 src=10.1.0.2 dst=10.1.0.2\n").at(ip("10.1.0.2")),
              1);
}

TEST(ConnectionCounterTest, AnotherTextCountsNothing) {
    for (const char* text : {"", "\n\n", "src", " src=", " src=x dst=y\n", "no address here"})
        EXPECT_TRUE(count_connections(text).empty()) << text;
}

class ConnectionCounterFilesTest : public testing::Test {
  protected:
    void put(const std::string& path, const std::string& text) const {
        const std::filesystem::path file = root_.path() / path;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    const test::TempDir root_;
};

TEST_F(ConnectionCounterFilesTest, ReadsThemAnewOnlyWhenTheyAreOld) {
    put("sys/net/netfilter/nf_conntrack_count", "3\n");
    put("thread-self/net/nf_conntrack", out_and_in);
    ConnectionCounter lasting(root_.path().string(), std::chrono::hours(1));
    ConnectionCounter fresh(root_.path().string(), std::chrono::milliseconds(0));
    EXPECT_EQ(lasting.of({ip("10.1.0.2"), ip("fd01::2")}), 3);
    EXPECT_EQ(lasting.of({ip("10.9.9.9")}), 0);
    put("thread-self/net/nf_conntrack", "");
    EXPECT_EQ(lasting.of({ip("10.1.0.2")}), 2);
    EXPECT_EQ(fresh.of({ip("10.1.0.2")}), 0);
}

TEST_F(ConnectionCounterFilesTest, TooManyAreNotCounted) {
    put("thread-self/net/nf_conntrack", out_and_in);
    put("sys/net/netfilter/nf_conntrack_count", std::to_string(ConnectionCounter::most + 1));
    EXPECT_EQ(ConnectionCounter(root_.path().string()).of({ip("10.1.0.2")}), std::nullopt);
}

TEST_F(ConnectionCounterFilesTest, WhereTheKernelDoesNotListThemItIsUnknown) {
    EXPECT_EQ(ConnectionCounter(root_.path().string()).of({ip("10.1.0.2")}), std::nullopt);
    put("sys/net/netfilter/nf_conntrack_count", "3\n");
    EXPECT_EQ(ConnectionCounter(root_.path().string()).of({ip("10.1.0.2")}), std::nullopt);
}

}  // namespace
}  // namespace potd::platform
