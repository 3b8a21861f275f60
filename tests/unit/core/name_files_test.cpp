#include "core/model/name_files.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

IpAddress file_ip(const char* text) {
    return parse_ip_address(text).value();
}

const std::string head = "# Written by potd, which keeps it current.\n";

TEST(NameFilesTest, APotWithoutAddressesIsItsLoopback) {
    EXPECT_EQ(hosts_text({{"web"}, {}, {}, {}}), head + "127.0.0.1\tlocalhost web\n::1\tlocalhost web\n");
}

TEST(NameFilesTest, ItselfStandsBeforeItsEntriesAndTheseBeforeNeighbours) {
    const std::string near =
        peers_text({{"web", {file_ip("10.0.0.3")}}, {"db", {file_ip("10.0.0.2"), file_ip("fd00::2")}}});
    EXPECT_EQ(near, "10.0.0.2\tdb\nfd00::2\tdb\n10.0.0.3\tweb\n");
    EXPECT_EQ(
        hosts_text({{"www.example", "web"}, {file_ip("10.0.0.3")}, {{"db", file_ip("192.0.2.1")}}, {&near}}),
        head + "127.0.0.1\tlocalhost\n::1\tlocalhost\n10.0.0.3\twww.example web\n192.0.2.1\tdb\n" + near);
}

TEST(NameFilesTest, ANameStandsOnceInALine) {
    EXPECT_EQ(hosts_text({{"localhost"}, {}, {}, {}}), head + "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
}

TEST(NameFilesTest, AResolverHasItsServersInTheirOrder) {
    EXPECT_EQ(resolver_text({file_ip("192.0.2.2"), file_ip("2001:db8::1")}, {"example.org", "example.net"},
                            {"ndots:2"}),
              "# Written by potd.\nsearch example.org example.net\nnameserver 192.0.2.2\n"
              "nameserver 2001:db8::1\noptions ndots:2\n");
    EXPECT_EQ(resolver_text({file_ip("192.0.2.2")}, {}, {}), "# Written by potd.\nnameserver 192.0.2.2\n");
}

TEST(NameFilesTest, LeavesOutServersOnLoopback) {
    EXPECT_EQ(usable_resolver("# mine\nnameserver 127.0.0.53\nnameserver\t192.0.2.1 # near\nnameserver ::1\n"
                              "search example\nnameserver fe80::1%eth0"),
              "# mine\nnameserver\t192.0.2.1 # near\nsearch example\nnameserver fe80::1%eth0\n");
    EXPECT_EQ(usable_resolver("nameservers 127.0.0.1\n"), "nameservers 127.0.0.1\n");
    EXPECT_EQ(usable_resolver(""), "");
}

TEST(NameFilesTest, KnowsAResolverOfTheHostsOwn) {
    EXPECT_TRUE(asks_loopback_alone("nameserver 127.0.0.53\noptions edns0\n"));
    EXPECT_TRUE(asks_loopback_alone("nameserver 127.0.0.1\r\n"));
    EXPECT_FALSE(asks_loopback_alone("nameserver 127.0.0.1\nnameserver 192.0.2.1\n"));
    EXPECT_FALSE(asks_loopback_alone("search example\n"));
    EXPECT_FALSE(asks_loopback_alone("#nameserver 127.0.0.1\n"));
}

TEST(NameFilesTest, TheDomainFollowsTheFirstDot) {
    EXPECT_EQ(domain_of("web.example.org"), "example.org");
    EXPECT_EQ(domain_of("web"), "");
}

}  // namespace
}  // namespace potd::core
