#include "tests/contract/journal_suite.hpp"

#include <string>

#include <gmock/gmock.h>

namespace potd {
namespace {

using core::AppendEvent;
using core::Bridge;
using core::Leases;
using core::PotId;
using core::PutBridge;
using core::PutLeases;
using core::PutPot;
using core::RemoveBridge;
using core::RemovePot;

template <class Adapter>
class BridgeJournalContractTest : public test::JournalSuite<Adapter> {
  protected:
    static Bridge bridge(const std::string& name, const std::string& ipv4, const std::string& ipv6 = "") {
        Bridge made;
        made.name = name;
        if (!ipv4.empty()) made.ipv4 = core::bridge_network(core::parse_ip_network(ipv4, "ipv4").value());
        if (!ipv6.empty()) made.ipv6 = core::bridge_network(core::parse_ip_network(ipv6, "ipv6").value());
        made.created_at = {1234};
        return made;
    }
    static core::Pot pot(const std::string& id) {
        core::Pot made;
        made.id = {id};
        made.spec.name = "pot-" + id;
        made.spec.base = "host";
        return made;
    }
    static Leases leases(std::initializer_list<const char*> addresses, std::vector<int> ports = {}) {
        Leases made;
        for (const char* one : addresses)
            made.addresses.push_back({"web", core::parse_ip_address(one).value()});
        made.host_ports = std::move(ports);
        return made;
    }
    Leases stored(const std::string& id) {
        for (const core::Pot& one : this->adapter_.load().pots)
            if (one.id.text == id) return one.leases;
        return leases({"255.255.255.255"});
    }
};
TYPED_TEST_SUITE(BridgeJournalContractTest, test::JournalAdapters);

TYPED_TEST(BridgeJournalContractTest, GivesBackBridgesAsTheyWereStored) {
    Bridge both = this->bridge("web", "10.1.0.0/24", "fd01::/64");
    both.isolated = true;
    both.ipv4->gateway = *core::parse_ip_address("10.1.0.9");
    Bridge six = this->bridge("six", "", "fd02::/64");
    six.routed = true;
    Bridge lan = this->bridge("lan", "");
    lan.uplink = "eth1";
    ASSERT_TRUE(this->commit({PutBridge{both}, PutBridge{six}, PutBridge{lan}}));
    EXPECT_THAT(this->adapter_.load().bridges, ::testing::ElementsAre(lan, six, both));
    ASSERT_TRUE(this->commit({PutBridge{both}})) << "the same once more is no change";
    ASSERT_TRUE(this->commit({RemoveBridge{"six"}, RemoveBridge{"lan"}}));
    EXPECT_THAT(this->adapter_.load().bridges, ::testing::ElementsAre(both));
}

TYPED_TEST(BridgeJournalContractTest, LeasesAreOfTheirPotAndGoWithIt) {
    ASSERT_TRUE(this->commit({PutBridge{this->bridge("web", "10.1.0.0/24", "fd01::/64")},
                              PutPot{this->pot("a")}, PutPot{this->pot("b")},
                              PutLeases{{"a"}, this->leases({"10.1.0.2", "fd01::2"}, {8080, 443})},
                              PutLeases{{"b"}, this->leases({"10.1.0.3"})}}));
    EXPECT_EQ(this->stored("a"), this->leases({"10.1.0.2", "fd01::2"}, {8080, 443}));
    ASSERT_TRUE(this->commit({PutPot{this->pot("a")}}));
    EXPECT_EQ(this->stored("a").host_ports.size(), 2U) << "a pot put again keeps them";
    ASSERT_TRUE(this->commit({PutLeases{{"a"}, this->leases({"10.1.0.9"}, {1})}}));
    EXPECT_EQ(this->stored("a"), this->leases({"10.1.0.9"}, {1})) << "in place of what it had";
    ASSERT_TRUE(this->commit({RemovePot{{"a"}}}));
    ASSERT_TRUE(this->commit({PutPot{this->pot("c")}, PutLeases{{"c"}, this->leases({"10.1.0.9"})}}))
        << "free again";
}

TYPED_TEST(BridgeJournalContractTest, AnAddressIsLeasedOnce) {
    ASSERT_TRUE(this->commit({PutBridge{this->bridge("web", "10.1.0.0/24")}, PutPot{this->pot("a")},
                              PutPot{this->pot("b")}, PutLeases{{"a"}, this->leases({"10.1.0.2"})}}));
    EXPECT_FALSE(this->commit({PutLeases{{"b"}, this->leases({"10.1.0.3", "10.1.0.2"})}}));
    EXPECT_EQ(this->stored("b"), Leases{}) << "none of them";
}

TYPED_TEST(BridgeJournalContractTest, ABridgeIsNotRemovedUnderItsLeases) {
    ASSERT_TRUE(this->commit({PutBridge{this->bridge("web", "10.1.0.0/24")}, PutPot{this->pot("a")},
                              PutLeases{{"a"}, this->leases({"10.1.0.2"})}}));
    EXPECT_FALSE(this->commit({RemoveBridge{"web"}}));
    ASSERT_TRUE(this->commit({RemovePot{{"a"}}, RemoveBridge{"web"}}));
    EXPECT_THAT(this->adapter_.load().bridges, ::testing::IsEmpty());
}

}  // namespace
}  // namespace potd
