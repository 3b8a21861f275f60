// The cable of a pot to a bridge, made by potmon in a host's network that is the test's own.
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "tests/integration/monitor_fixture.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::HostInterface;
using ::testing::HasSubstr;

core::BridgeNetwork network(const char* text) {
    return core::bridge_network(core::parse_ip_network(text, "network").value());
}

class MonitorNetworkTest : public MonitorTest {
  protected:
    void SetUp() override {
        MonitorTest::SetUp();
        if (IsSkipped()) return;
        outside_ = platform::UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(outside_);
        ASSERT_EQ(::unshare(CLONE_NEWNET), 0);
        core::Bridge bridge;
        bridge.name = "web";
        bridge.ipv4 = network("10.1.0.0/24");
        bridge.ipv6 = network("fd01::/64");
        const auto made = bridges_.ensure(bridge);
        ASSERT_TRUE(made) << made.error().message;
    }
    void TearDown() override {
        MonitorTest::TearDown();
        if (!outside_) return;
        EXPECT_EQ(::setns(outside_.get(), CLONE_NEWNET), 0);
    }

    [[nodiscard]] platform::LaunchPlan connected(const std::string& script) const {
        platform::LaunchPlan order = plan({"sh", "-c", script});
        platform::PlanInterface& one = order.interfaces.emplace_back();
        one.parent = link("pb-web").index;
        one.host_end = "pv-test";
        one.name = "eth0";
        one.hardware = {2, 0, 0, 0, 0, 7};
        for (const char* text : {"10.1.0.2", "fd01::2"}) {
            const auto address = core::parse_ip_address(text);
            one.addresses.push_back({*address, address->bits() == 32 ? 24 : 64});
        }
        one.gateways = {*core::parse_ip_address("10.1.0.1"), *core::parse_ip_address("fd01::1")};
        return order;
    }
    /// With the number 0 if there is none.
    static HostInterface link(const std::string& name) {
        const auto host = platform::read_host_network();
        EXPECT_TRUE(host);
        for (const HostInterface& one : host->interfaces)
            if (one.name == name) return one;
        return {};
    }
    std::string log() const {
        std::string all;
        for (const std::string& line : log_lines()) all += line + "\n";
        return all;
    }

    const platform::KernelBridges bridges_{"potd"};

  private:
    platform::UniqueFd outside_;
};

TEST_F(MonitorNetworkTest, ThePotHangsOnTheBridgeWithItsAddresses) {
    EXPECT_EQ(run(connected("ip -o addr show eth0; ip route; ip -6 route; cat /sys/class/net/eth0/address"))
                  .main_status,
              0);
    for (const char* part : {"10.1.0.2/24", "fd01::2/64", "default via 10.1.0.1 dev eth0",
                             "default via fd01::1 dev eth0", "02:00:00:00:00:07"})
        EXPECT_THAT(log(), HasSubstr(part));
    take();
    EXPECT_TRUE(wait_until([] { return link("pv-test").index == 0; })) << "the cable goes with the pot";
    EXPECT_NE(link("pb-web").index, 0U);
}

TEST_F(MonitorNetworkTest, TheHostReachesItFromTheFirstMomentOn) {
    EXPECT_EQ(run(connected("ping -c 1 -W 5 10.1.0.1 && ping -6 -c 1 -W 5 fd01::1")).main_status, 0) << log();
    take();
}

TEST_F(MonitorNetworkTest, WithoutItsBridgeThereIsNoPot) {
    platform::LaunchPlan order = connected("true");
    ASSERT_TRUE(bridges_.remove("web"));
    EXPECT_EQ(run_to_failure(order).failure.stage, core::monitor_link::Stage::Network);
    EXPECT_THAT(failure_text_, HasSubstr("eth0"));
    take();
    EXPECT_EQ(link("pv-test").index, 0U);
}

}  // namespace
}  // namespace potd::test
