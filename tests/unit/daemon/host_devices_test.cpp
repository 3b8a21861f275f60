// Interfaces that go into networks of runs and come back, in a network of the test's own.
#include "daemon/platform/linux/host_devices.hpp"

#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/daemon/own_network.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/mount.h>

namespace potd::platform {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

bool on_host(const std::string& name) {
    return ::if_nametoindex(name.c_str()) != 0;
}

void ip(const std::string& words) {
    const std::string command = "ip " + words;
    ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT: of the test's own words
}

class HostDevicesTest : public OwnNetworkTest {
  protected:
    void SetUp() override {
        OwnNetworkTest::SetUp();
        if (IsSkipped()) return;
        temp_ = std::make_unique<test::TempDir>();
        devices_ = std::make_unique<HostDevices>(HostDevices::Options{
            directory(), "potd", [this](const std::string& text) { said_.push_back(text); }});
        ASSERT_TRUE(devices_->prepare());
        ip("link add nic0 type veth peer name far0");
        ip("link add nic1 type veth peer name far1");
        ip("link set nic0 up");
    }
    void TearDown() override {
        if (devices_) {
            EXPECT_TRUE(devices_->sweep({}));
            EXPECT_THAT(left(), IsEmpty());
        }
        OwnNetworkTest::TearDown();
    }

    std::string directory() const { return (temp_->path() / "devices").string(); }
    std::vector<std::string> left() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory()))
            names.push_back(entry.path().filename());
        return names;
    }
    core::Result<std::string> lend(const std::string& run,
                                   const std::vector<core::MovedInterface>& devices) const {
        return devices_->lend(run, devices);
    }
    /// The network at that place, as a process in it sees it.
    static HostNetwork network_at(const std::string& path) {
        HostNetwork seen;
        std::thread([&] {
            const UniqueFd network(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
            EXPECT_EQ(::setns(network.get(), CLONE_NEWNET), 0);
            const auto read = read_host_network();
            EXPECT_TRUE(read);
            if (read) seen = *read;
        }).join();
        return seen;
    }
    static std::vector<std::string> names_in(const HostNetwork& network) {
        std::vector<std::string> names;
        for (const HostInterface& one : network.interfaces) names.push_back(one.name);
        return names;
    }
    static core::InterfaceAddress address(const std::string& text) {
        return core::parse_interface_address(text, "").value();
    }
    static core::Error refusal(const core::Result<std::string>& lent) {
        EXPECT_FALSE(lent);
        return lent ? core::error(core::ErrorKind::Internal, "none") : lent.error();
    }

    std::unique_ptr<test::TempDir> temp_;
    std::vector<std::string> said_;
    std::unique_ptr<HostDevices> devices_;
};

TEST_F(HostDevicesTest, ARunHasThemToItselfAndGivesThemBack) {
    ip("link set far0 up");
    const auto path = lend("a.1", {{"nic0",
                                    "wan",
                                    {address("10.0.0.2/24"), address("fd00::2/64")},
                                    {*core::parse_ip_address("10.0.0.1")}},
                                   {"nic1", "", {}, {}}});
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_FALSE(on_host("nic0") || on_host("nic1") || on_host("wan"));
    const HostNetwork inside = network_at(*path);
    EXPECT_THAT(names_in(inside), UnorderedElementsAre("lo", "wan", "nic1"));
    for (const HostInterface& one : inside.interfaces) {
        EXPECT_TRUE(one.up) << one.name;
        if (one.name != "wan") continue;
        EXPECT_THAT(one.addresses, Contains(address("10.0.0.2/24")));
        EXPECT_THAT(one.addresses, Contains(address("fd00::2/64")));
        EXPECT_EQ(one.gateways.size(), 1U);
    }
    ASSERT_TRUE(devices_->take_back("a.1"));
    EXPECT_TRUE(on_host("nic0") && on_host("nic1"));
    const auto host = read_host_network();
    ASSERT_TRUE(host);
    for (const HostInterface& one : host->interfaces) {
        if (one.name.starts_with("nic")) {
            EXPECT_EQ(one.up, one.name == "nic0") << "as it was";
        }
    }
    EXPECT_THAT(left(), IsEmpty());
    EXPECT_TRUE(devices_->take_back("a.1")) << "once more";
    EXPECT_TRUE(devices_->take_back("b.7"));
    EXPECT_THAT(said_, IsEmpty());
}

TEST_F(HostDevicesTest, ALaunchThatIsDoneAgainHasThemAgain) {
    ASSERT_TRUE(lend("a.1", {{"nic0", "wan", {}, {}}}));
    const auto path = lend("a.1", {{"nic0", "wan", {}, {}}, {"nic1", "", {}, {}}});
    ASSERT_TRUE(path) << path.error().message;
    EXPECT_THAT(names_in(network_at(*path)), UnorderedElementsAre("lo", "wan", "nic1"));
    EXPECT_THAT(left(), UnorderedElementsAre("a.1.net", "a.1.moved"));
}

TEST_F(HostDevicesTest, TheyMayChangeNamesWithEachOther) {
    const auto path = lend("a.1", {{"nic0", "nic1", {}, {}}, {"nic1", "nic0", {}, {}}});
    ASSERT_TRUE(path) << path.error().message;
    ip("link add nic1 type veth peer name another");
    ASSERT_TRUE(devices_->take_back("a.1"));
    EXPECT_TRUE(on_host("nic0"));
    ASSERT_EQ(said_.size(), 1U) << "the host gave the other's name away";
    EXPECT_THAT(said_[0], HasSubstr("the interface nic1 is back from a pot as potd"));
}

TEST_F(HostDevicesTest, TheNextPotdTakesBackWhatNoLiveRunHas) {
    ASSERT_TRUE(lend("a.1", {{"nic0", "eth0", {}, {}}}));
    ASSERT_TRUE(lend("b.1", {{"nic1", "eth0", {}, {}}}));
    // Killed between the record and the move.
    ASSERT_TRUE(write_file_atomic(directory() + "/c.1.moved", "999 up nic9\n"));
    ASSERT_TRUE(write_file_atomic(directory() + "/c.1.net", ""));
    devices_ = std::make_unique<HostDevices>(HostDevices::Options{directory(), "potd", {}});
    ASSERT_TRUE(devices_->sweep({"b.1"}));
    EXPECT_TRUE(on_host("nic0"));
    EXPECT_FALSE(on_host("nic1"));
    EXPECT_THAT(left(), UnorderedElementsAre("b.1.net", "b.1.moved"));
}

TEST_F(HostDevicesTest, WhatTheHostCannotDoWithoutIsRefusedByItsField) {
    ip("addr add 10.5.0.1/24 dev nic0");
    ip("link set far0 up");
    ip("route add default via 10.5.0.9");
    ip("link add name pb-web type bridge");
    ASSERT_TRUE(KernelBridges("potd").ensure([] {
        core::Bridge bridge;
        bridge.name = "db";
        bridge.ipv4 = core::bridge_network(core::parse_ip_network("10.7.0.0/24", "").value());
        return bridge;
    }()));
    const std::vector<std::pair<std::string, std::string>> cases{
        {"nowhere", "no interface 'nowhere'"},
        {"lo", "loopback"},
        {"nic0", "default route"},
        {"pb-db", "potd's own"},
    };
    for (const auto& [name, why] : cases) {
        const core::Error refused = refusal(lend("a.1", {{"nic1", "", {}, {}}, {name, "x", {}, {}}}));
        EXPECT_EQ(refused.kind, core::ErrorKind::Conflict) << name;
        EXPECT_EQ(refused.field, "network.devices[1].interface") << name;
        EXPECT_THAT(refused.message, HasSubstr(why));
        EXPECT_TRUE(on_host("nic1")) << "nothing half done";
    }
    ip("link set nic1 master pb-db");
    EXPECT_THAT(refusal(lend("a.1", {{"nic1", "", {}, {}}})).message, HasSubstr("one of its bridges"));
}

TEST_F(HostDevicesTest, WhatFailsHalfWayIsUndone) {
    const auto lent = lend("a.1", {{"nic0", "x", {}, {*core::parse_ip_address("10.9.9.9")}}});
    EXPECT_THAT(refusal(lent).message, HasSubstr("move nic0 into the pot"))
        << "there is no way to that gateway";
    ASSERT_TRUE(devices_->take_back("a.1"));
    EXPECT_TRUE(on_host("nic0"));
}

}  // namespace
}  // namespace potd::platform
