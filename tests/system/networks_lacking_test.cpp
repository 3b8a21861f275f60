// Pots on bridges where the kernel lacks what these need: what is said, and that nothing is left.
#include "tests/support/lacking_kernel.hpp"
#include "tests/system/lab_fixture.hpp"

#include <fstream>
#include <optional>

namespace potd::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

PotdOptions on_a_router() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true}\n";
    return options;
}

class LackingNetworksTest : public LabTest {
  protected:
    LackingNetworksTest() : LabTest(on_a_router()) {}
    void SetUp() override {
        LabTest::SetUp();
        if (IsSkipped()) return;
        if (const std::string reason = LackingKernel::lacks(); !reason.empty()) GTEST_SKIP() << reason;
    }
    void TearDown() override {
        if (kernel_) {
            potd.kill9();
            kernel_.reset();
            start_potd_again();
        }
        LabTest::TearDown();
    }

    void start_potd_without(LackingKernel::Without without) {
        potd.kill9();
        kernel_.emplace(std::move(without));
        kernel_->run([this] { start_potd_again(); });
    }
    Response create(const std::string& name, const Json& network) {
        return api_->request("POST", "/v1/pots", idler(name, network));
    }
    /// On all interfaces of the lab's host, and new ones.
    static void switch_ipv6_off(const char* off) {
        std::ofstream("/proc/sys/net/ipv6/conf/all/disable_ipv6") << off;
    }
    static std::string detail_of(const Response& answer) { return answer.json().value("detail", ""); }
    /// Beside the bridge, where it was there before.
    void expect_nothing_of(const std::string& pot, const Names& interfaces) {
        EXPECT_EQ(api_->inspect(pot)["state"], "failed");
        EXPECT_TRUE(wait_until([&] { return lab_->interfaces() == interfaces; })) << Json(lab_->interfaces());
        EXPECT_THAT(rules(), Not(HasSubstr("\"pv")));
    }

    std::optional<LackingKernel> kernel_;
};

TEST_F(LackingNetworksTest, WithoutNftablesTheTypeIsRefusedAndTheRestWorks) {
    api_->create(idler("before", on_public()));
    make_bridge("back");
    start_potd_without({true, false, {}});
    const Response refused = create("web", on_public());
    EXPECT_EQ(problem_field(refused), "network.type") << refused.describe();
    EXPECT_EQ(problem_code(refused), "unsupported");
    EXPECT_THAT(detail_of(refused), HasSubstr("this kernel has no nftables"));
    EXPECT_THAT(detail_of(api_->request("POST", "/v1/networks", {{"name", "more"}})),
                HasSubstr("no nftables"));
    EXPECT_THAT(detail_of(api_->request("POST", "/v1/networks/back/start")),
                AllOf(HasSubstr("network back"), HasSubstr("no nftables")));
    EXPECT_THAT(detail_of(api_->act("before", "start")), HasSubstr("this kernel has no nftables"));
    expect_nothing_of("before", before_);
    start(idler("alone", {{"type", "none"}}));
    EXPECT_EQ(api_->inspect("alone")["state"], "running");
    api_->expect(204, "DELETE", "/v1/networks/back");
}

TEST_F(LackingNetworksTest, WithoutBridgesAStartSaysSo) {
    start_potd_without({false, false, "bridge"});
    api_->create(idler("web", on_public()));
    const Response refused = api_->act("web", "start");
    EXPECT_EQ(problem_code(refused), "unsupported") << refused.describe();
    EXPECT_THAT(detail_of(refused),
                AllOf(HasSubstr("bridge public"), HasSubstr("this kernel has no bridges")));
    expect_nothing_of("web", before_);
}

TEST_F(LackingNetworksTest, WithoutVethAStartSaysSo) {
    make_bridge("back");
    api_->expect(200, "POST", "/v1/networks/back/start");
    const Names with_bridge = lab_->interfaces();
    start_potd_without({false, false, "veth"});
    api_->create(idler("web", on_private("back")));
    const Response refused = api_->act("web", "start");
    EXPECT_NE(refused.status, 200);
    EXPECT_THAT(detail_of(refused), AllOf(HasSubstr("this kernel has no veth"), HasSubstr("eth0")));
    expect_nothing_of("web", with_bridge);
}

TEST_F(LackingNetworksTest, WithoutIpv6NetworksAreOfIpv4AndTheirPotsRun) {
    make_bridge("both");
    api_->create(idler("old", on_private("both")));
    start_potd_without({false, true, {}});
    start(server("web", on_public(), {"8080:8000"}));
    EXPECT_EQ(api_->inspect("web")["addresses"].size(), 1U);
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_host(address_of("web")), "web\n");
    const auto refused_field = [&](Json request) {
        request["name"] = "six";
        const Response refused = api_->request("POST", "/v1/networks", request);
        EXPECT_THAT(detail_of(refused), HasSubstr("this kernel has no IPv6"));
        return problem_field(refused);
    };
    EXPECT_EQ(refused_field({{"ipv6", "fd00:7::/64"}}), "ipv6");
    EXPECT_EQ(refused_field({{"routed", true}}), "routed");
    EXPECT_EQ(refused_field({{"uplink", "spare"}}), "uplink");
    const Names with_public = lab_->interfaces();
    const Response refused = api_->act("old", "start");
    EXPECT_EQ(problem_code(refused), "unsupported") << refused.describe();
    EXPECT_THAT(detail_of(refused), AllOf(HasSubstr("bridge both"), HasSubstr("this kernel has no IPv6")));
    EXPECT_EQ(api_->inspect("old")["state"], "failed");
    EXPECT_EQ(lab_->interfaces(), with_public);
}

TEST_F(LackingNetworksTest, WhereIpv6IsSwitchedOffNewNetworksAreOfIpv4) {
    make_bridge("both");
    switch_ipv6_off("1");
    const Response refused =
        api_->request("POST", "/v1/networks", {{"name", "six"}, {"ipv6", "fd00:7::/64"}});
    EXPECT_EQ(problem_field(refused), "ipv6") << refused.describe();
    EXPECT_THAT(detail_of(refused), HasSubstr("net.ipv6.conf.all.disable_ipv6 is 1"));
    start(server("web", on_public(), {"8080:8000"}));
    EXPECT_EQ(api_->inspect("web")["addresses"].size(), 1U);
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    start(server("old", on_private("both")));
    EXPECT_EQ(from_host(address_of("old", true)), "old\n") << "on its bridge it has what it had";
    switch_ipv6_off("0");
}

}  // namespace
}  // namespace potd::test
