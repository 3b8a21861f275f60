#include "core/service/hook_environment.hpp"
#include "tests/support/core_fixture.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Fixed addresses: what a spec may say of them, and that no two pots have one.

namespace potd::core {
namespace {

using testing::HasSubstr;

NetworkSpec alias(const std::string& interface, const std::vector<std::string>& addresses) {
    NetworkSpec network;
    network.type = NetworkType::Alias;
    PotInterface& one = network.interfaces.emplace_back();
    one.interface = interface;
    for (const std::string& text : addresses) one.addresses.push_back(*parse_interface_address(text, "test"));
    return network;
}

std::string problem_of(const NetworkSpec& network) {
    const Status valid = validate(network);
    return valid ? "" : valid.error().field;
}

TEST(NetworkSpecTest, NamesTheFieldThatIsWrong) {
    EXPECT_EQ(problem_of({}), "");
    EXPECT_EQ(problem_of(alias("eth0", {"10.0.0.2", "2001:db8::2"})), "");
    EXPECT_EQ(problem_of({NetworkType::Alias, {}}), "network.interfaces");
    EXPECT_EQ(problem_of(alias("eth0", {})), "network.interfaces[0].addresses");
    EXPECT_EQ(problem_of(alias("eth0", {"10.0.0.2", "10.0.0.2/24"})), "network.interfaces[0].addresses[1]");
    for (const char* name : {"", "a b", "eth0/1", "em0|x", ".", "..", "interface0123456"})
        EXPECT_EQ(problem_of(alias(name, {"10.0.0.2"})), "network.interfaces[0].interface") << name;
    NetworkSpec twice = alias("eth0", {"10.0.0.2"});
    twice.interfaces.push_back(alias("eth0", {"10.0.0.3"}).interfaces.front());
    EXPECT_EQ(problem_of(twice), "network.interfaces[1].interface");
    twice.interfaces[1] = alias("eth1", {"10.0.0.2"}).interfaces.front();
    EXPECT_EQ(problem_of(twice), "network.interfaces[1].addresses[0]");
    for (const NetworkType type : {NetworkType::Inherit, NetworkType::None}) {
        NetworkSpec other = alias("eth0", {"10.0.0.2"});
        other.type = type;
        EXPECT_EQ(problem_of(other), "network.interfaces");
    }
}

TEST(NetworkSpecTest, BoundsTheNumberOfAddresses) {
    std::vector<std::string> addresses;
    for (int i = 1; i <= 64; ++i) addresses.push_back("10.0.0." + std::to_string(i));
    EXPECT_EQ(problem_of(alias("eth0", addresses)), "");
    addresses.emplace_back("10.0.0.65");
    EXPECT_EQ(problem_of(alias("eth0", addresses)), "network.interfaces");
}

TEST(HookEnvironmentTest, NamesAddressesAsPotDoes) {
    Pot pot;
    pot.spec.name = "web";
    pot.run.emplace();
    const auto value = [&](const std::string& name) {
        for (const EnvVar& each : hook_environment(pot, HookStage::Prestart, 1)) {
            if (each.name == name) return each.value;
        }
        return std::string("absent");
    };
    EXPECT_EQ(value("_POT_IP"), "");
    EXPECT_EQ(value("_POT_IP_LIST"), "absent");
    pot.spec.network = alias("em0", {"2001:db8::2/64", "10.0.0.2/24"});
    pot.spec.network.interfaces.push_back(alias("em1", {"10.1.0.2"}).interfaces.front());
    EXPECT_EQ(value("_POT_IP"), "10.0.0.2");
    EXPECT_EQ(value("_POT_IP_0"), "10.0.0.2");
    EXPECT_EQ(value("_POT_NIC_0"), "em0");
    EXPECT_EQ(value("_POT_IP_1"), "10.1.0.2");
    EXPECT_EQ(value("_POT_NIC_1"), "em1");
    EXPECT_EQ(value("_POT_IP_2"), "2001:db8::2");
    EXPECT_EQ(value("_POT_IP_LIST"), "_POT_IP_0 _POT_IP_1 _POT_IP_2");
    EXPECT_EQ(value("_POT_NIC_LIST"), "_POT_NIC_0 _POT_NIC_1 _POT_NIC_2");
    EXPECT_EQ(value("_POT_BRIDGE"), "absent");
    pot.spec.network = {NetworkType::PrivateBridge, {}, {{"back", {}, {}, {}}}};
    pot.leases.addresses = {{"back", *parse_ip_address("10.193.0.2")}};
    EXPECT_EQ(value("_POT_BRIDGE"), "back");
    EXPECT_EQ(value("_POT_IP_0"), "10.193.0.2");
    EXPECT_EQ(value("_POT_NIC_0"), "eth0");
}

class PotAddressesTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PotAddressesTest() { install_base(); }

    static PotSpec spec_of(const std::string& name, NetworkSpec network) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.network = std::move(network);
        return spec;
    }
    Result<PotPtr> make(const std::string& name, const NetworkSpec& network) {
        return *ask<PotPtr>([&](auto reply) { pots->create(spec_of(name, network), reply); });
    }
    Result<PotPtr> change(const std::string& name, const NetworkSpec& network) {
        PotPatch patch;
        patch.apply = [&](PotSpec& spec) {
            spec.network = network;
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    }
};

TEST_F(PotAddressesTest, AnAddressIsOnePots) {
    ASSERT_TRUE(make("a", alias("eth0", {"10.0.0.2/24"})));
    const auto second = make("b", alias("eth1", {"10.0.0.3", "10.0.0.2"}));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(second.error().field, "network.interfaces[0].addresses[1]");
    EXPECT_THAT(second.error().message, HasSubstr("10.0.0.2 is the address of pot a"));
    ASSERT_TRUE(make("b", alias("eth0", {"10.0.0.3"})));
    EXPECT_FALSE(change("b", alias("eth0", {"10.0.0.2"})));
    EXPECT_TRUE(change("a", alias("eth0", {"10.0.0.2", "10.0.0.4"}))) << "its own is no obstacle";
}

NetworkSpec moving(const std::string& interface, const std::string& name = "") {
    NetworkSpec network;
    network.type = NetworkType::None;
    network.devices = {{interface, name, {}, {}}};
    return network;
}

TEST(NetworkSpecTest, NamesWhatIsWrongWithADevice) {
    EXPECT_EQ(problem_of(moving("eth1")), "");
    EXPECT_EQ(problem_of(moving("lo")), "network.devices[0].interface");
    EXPECT_EQ(problem_of(moving("a/b")), "network.devices[0].interface");
    EXPECT_EQ(problem_of(moving("eth1", "lo")), "network.devices[0].name");
    EXPECT_EQ(problem_of(moving("eth1", "much-too-long-a-name")), "network.devices[0].name");
    NetworkSpec inherits = moving("eth1");
    inherits.type = NetworkType::Inherit;
    EXPECT_EQ(problem_of(inherits), "network.devices");
    NetworkSpec twice = moving("eth1");
    twice.devices.push_back({"eth1", "eth2", {}, {}});
    EXPECT_EQ(problem_of(twice), "network.devices[1].interface");
    twice.devices[1] = {"eth2", "eth1", {}, {}};
    EXPECT_EQ(problem_of(twice), "network.devices[1].name");
    NetworkSpec bridged = moving("eth1", "eth0");
    bridged.type = NetworkType::PublicBridge;
    bridged.bridges = {{"public", {}, {}, {}}};
    EXPECT_EQ(problem_of(bridged), "network.devices[0].name") << "that of its first bridge";
    bridged.devices[0] = {"eth9", "", {}, {*parse_ip_address("10.0.0.1")}};
    EXPECT_EQ(problem_of(bridged), "network.devices[0].gateways[0]") << "the bridge is its way out";
    NetworkSpec shared = alias("eth0", {"10.0.0.2"});
    shared.devices = {{"eth0", "eth1", {}, {}}};
    EXPECT_EQ(problem_of(shared), "network.devices[0].interface");
    NetworkSpec out = moving("eth1");
    out.devices[0].addresses = {*parse_interface_address("10.0.0.2/24", "")};
    out.devices[0].gateways = {*parse_ip_address("10.0.0.1"), *parse_ip_address("fe80::1")};
    EXPECT_EQ(problem_of(out), "");
    out.devices[0].gateways = {*parse_ip_address("10.0.1.1")};
    EXPECT_EQ(problem_of(out), "network.devices[0].gateways[0]");
    out.devices[0].gateways = {*parse_ip_address("10.0.0.1"), *parse_ip_address("10.0.0.3")};
    EXPECT_EQ(problem_of(out), "network.devices[0].gateways[1]");
}

TEST_F(PotAddressesTest, AnInterfaceOfTheHostIsMovedIntoOnePot) {
    ASSERT_TRUE(make("a", moving("eth1")));
    const auto second = make("b", moving("eth1", "wan"));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(second.error().field, "network.devices[0].interface");
    EXPECT_THAT(second.error().message, HasSubstr("eth1 is moved into pot a"));
    const auto sharing = make("b", alias("eth1", {"10.0.0.2"}));
    ASSERT_FALSE(sharing);
    EXPECT_EQ(sharing.error().field, "network.interfaces[0].interface");
    ASSERT_TRUE(make("b", alias("eth2", {"10.0.0.2"})));
    EXPECT_THAT(make("c", moving("eth2")).error().message, HasSubstr("pot b has addresses on eth2"));
    crash();
    EXPECT_FALSE(make("c", moving("eth1")));
    ASSERT_TRUE(*start("a"));
    EXPECT_EQ(change("a", moving("eth3")).error().kind, ErrorKind::Conflict) << "it runs";
    ASSERT_TRUE(*stop("a"));
    ASSERT_TRUE(change("a", moving("eth3")));
    EXPECT_TRUE(make("c", moving("eth1"))) << "given up";
    int made = 0, refused = 0;
    const auto count = [&](const Result<PotPtr>& result) { ++(result ? made : refused); };
    pots->create(spec_of("d", moving("eth7")), count);
    pots->create(spec_of("e", moving("eth7")), count);
    loop.run();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 1);
}

TEST_F(PotAddressesTest, OfTwoCreatesAtOnceOneGetsTheAddress) {
    int made = 0, refused = 0;
    const auto count = [&](const Result<PotPtr>& result) { ++(result ? made : refused); };
    pots->create(spec_of("a", alias("eth0", {"10.0.0.2"})), count);
    pots->create(spec_of("b", alias("eth0", {"10.0.0.2"})), count);
    loop.run();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 1);
}

TEST_F(PotAddressesTest, OfTwoChangesAtOnceOneGetsTheAddress) {
    ASSERT_TRUE(make("a", {}));
    ASSERT_TRUE(make("b", {}));
    int made = 0, refused = 0;
    const auto count = [&](const Result<PotPtr>& result) { ++(result ? made : refused); };
    const PotPatch patch{[](PotSpec& spec) {
                             spec.network = alias("eth0", {"10.0.0.2"});
                             return Status();
                         },
                         {}};
    pots->change("a", patch, count);
    pots->change("b", patch, count);
    loop.run();
    EXPECT_EQ(made, 1);
    EXPECT_EQ(refused, 1);
}

TEST_F(PotAddressesTest, AFailedCreateGivesTheAddressBack) {
    PotSpec nowhere = spec_of("a", alias("eth0", {"10.0.0.2"}));
    nowhere.base = "nothing";
    EXPECT_FALSE(*ask<PotPtr>([&](auto reply) { pots->create(nowhere, reply); }));
    EXPECT_TRUE(make("b", alias("eth0", {"10.0.0.2"})));
}

TEST_F(PotAddressesTest, AnAddressIsFreeWhenItsPotIsGoneOrHasGivenItUp) {
    ASSERT_TRUE(make("a", alias("eth0", {"10.0.0.2"})));
    ASSERT_TRUE(change("a", {}));
    ASSERT_TRUE(make("b", alias("eth0", {"10.0.0.2"})));
    ASSERT_TRUE(*ask<void>([&](auto reply) { pots->destroy("b", false, reply); }));
    EXPECT_TRUE(make("c", alias("eth0", {"10.0.0.2"})));
}

TEST_F(PotAddressesTest, APotThatRunsKeepsWhatItRunsWith) {
    ASSERT_TRUE(make("a", alias("eth0", {"10.0.0.2"})));
    ASSERT_TRUE(start("a")->ok());
    for (const NetworkSpec& other :
         {NetworkSpec{}, alias("eth0", {"10.0.0.3"}), alias("eth1", {"10.0.0.2"})}) {
        const auto refused = change("a", other);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
        EXPECT_EQ(refused.error().field, "network");
    }
    EXPECT_TRUE(change("a", alias("eth0", {"10.0.0.3", "10.0.0.2"}))) << "more is fine";
    runtime.exit(key("a"), 0);
    loop.run();
    EXPECT_TRUE(change("a", alias("eth0", {"10.0.0.3"})));
}

TEST_F(PotAddressesTest, AreKnownAfterARestartOfPotd) {
    ASSERT_TRUE(make("a", alias("eth0", {"10.0.0.2"})));
    crash();
    EXPECT_FALSE(make("b", alias("eth0", {"10.0.0.2"})));
}

TEST_F(PotAddressesTest, AreNotAClones) {
    ASSERT_TRUE(make("a", alias("eth0", {"10.0.0.2"})));
    SnapshotService::Cloning request;
    request.name = "b";
    request.take = true;
    const auto clone = [&] {
        return *ask<PotPtr>([&](auto reply) { snapshots->clone("a", request, reply); });
    };
    const auto refused = clone();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "changes.network.interfaces[0].addresses[0]");
    EXPECT_THAT(refused.error().message, HasSubstr("-i INTERFACE|ADDRESS"));
    request.change = [](PotSpec& spec) {
        spec.network = alias("eth0", {"10.0.0.3"});
        return Status();
    };
    EXPECT_TRUE(clone());
}

}  // namespace
}  // namespace potd::core
