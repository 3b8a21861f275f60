#include "tests/integration/client/potctl_fixture.hpp"

namespace potd::test {
namespace {

using testing::HasSubstr;

class PotctlSettingsTest : public PotctlTest {
  protected:
    void SetUp() override {
        potd_.answer("GET /v1/pots/a", 200, pot("a", "stopped"));
        potd_.answer("PATCH /v1/pots/a", 200, pot("a", "stopped"));
    }
    [[nodiscard]] std::string patch() const { return potd_.body_of("PATCH /v1/pots/a"); }
};

TEST_F(PotctlSettingsTest, SetCmdSplitsALineAndTakesWords) {
    EXPECT_EQ(potctl({"set-cmd", "-p", "a", "-c", "nginx -g 'daemon off;'"}).status, 0);
    EXPECT_EQ(patch(), R"({"command":["nginx","-g","daemon off;"]})");
    EXPECT_EQ(potctl({"set-cmd", "a", "--", "sh", "-c", "a | b"}).status, 0);
    EXPECT_EQ(patch(), R"({"command":["sh","-c","a | b"]})");
    EXPECT_EQ(potctl({"set-cmd", "a", "--none"}).status, 0);
    EXPECT_EQ(patch(), R"({"command":[]})");
    EXPECT_EQ(potctl({"set-cmd", "a", "-c", "a | b"}).status, 2);
    EXPECT_EQ(potctl({"set-cmd", "a"}).status, 2);
}

TEST_F(PotctlSettingsTest, SetEnvReplacesTheList) {
    EXPECT_EQ(potctl({"set-env", "-p", "a", "-E", "B=$(x) \"y\"", "-E", "C="}).status, 0);
    EXPECT_EQ(patch(), R"({"env":{"A":null,"B":"$(x) \"y\"","C":""}})");
    EXPECT_THAT(potd_.requests().back().head, HasSubstr("If-Match: \"4\"\r\n"));
    EXPECT_THAT(potd_.requests().back().head, HasSubstr("Content-Type: application/merge-patch+json\r\n"));
}

TEST_F(PotctlSettingsTest, SetEnvAddsAndRemoves) {
    EXPECT_EQ(potctl({"set-env", "a", "--add", "C=3", "--remove", "A"}).status, 0);
    EXPECT_EQ(patch(), R"({"env":{"A":null,"C":"3"}})");
    EXPECT_EQ(potctl({"set-env", "a", "--clear"}).status, 0);
    EXPECT_EQ(patch(), R"({"env":{"A":null,"B":null}})");
    EXPECT_EQ(potctl({"set-env", "a"}).status, 2);
}

TEST_F(PotctlSettingsTest, AttributesAreSetAndRead) {
    EXPECT_EQ(potctl({"set-attr", "-p", "a", "-A", "start-at-boot", "-V", "YES"}).status, 0);
    EXPECT_EQ(patch(), R"({"boot":{"start":true}})");
    EXPECT_EQ(potctl({"get-attribute", "-p", "a", "-A", "start-at-boot"}).out, "start-at-boot: YES\n");
    EXPECT_EQ(potctl({"get-attr", "a", "-qA", "persistent"}).out, "NO\n");
    EXPECT_EQ(potctl({"set-attr", "a", "-A", "no-etc-hosts", "-V", "YES"}).status, 0);
    EXPECT_EQ(patch(), R"({"attributes":{"no-etc-hosts":true}})");
    EXPECT_EQ(potctl({"get-attr", "a", "-qA", "no-etc-hosts"}).out, "NO\n");
    EXPECT_EQ(potctl({"get-attr", "a", "-A", "persistnet"}).status, 2);
    EXPECT_EQ(potctl({"get-attr", "a", "-A", "procfs"}).status, 1);
}

TEST_F(PotctlSettingsTest, SetRssLimitsMemory) {
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "-M", "256M"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"memory":"256M"}})");
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "-M", "none"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"memory":null}})");
}

TEST_F(PotctlSettingsTest, SetRssPlacesOnANumberOfCpus) {
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "-C", "2"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"cpu_count":2,"cpuset":null}})");
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "--cpuset", "0,2-3"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"cpuset":"0,2-3","cpu_count":null}})");
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "-C", "two"}).status, 2);
}

TEST_F(PotctlSettingsTest, SetRssTakesEveryLimit) {
    EXPECT_EQ(potctl({"set-rss", "a", "--cpus", "0.5", "--pids", "none", "--io",
                      "/dev/vda,read_bps=10M,write_iops=7", "--hugepages", "2M=none", "--rctl", "nthr=20",
                      "--best-effort", "io-weight,swap"})
                  .status,
              0);
    EXPECT_EQ(patch(), R"({"limits":{"pids":null,"cpus":0.5,"hugepages":{"2M":null},"rctl":{"nthr":"20"},)"
                       R"("io":[{"device":"/dev/vda","read_bps":"10M","write_iops":7}],)"
                       R"("best_effort":["io_weight","swap"]}})");
    EXPECT_EQ(potctl({"set-rss", "a", "--io", "none", "--best-effort", "all"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"io":[],"best_effort":true}})");
    EXPECT_EQ(potctl({"set-rss", "a", "--io", "/dev/vda"}).status, 2);
}

TEST_F(PotctlSettingsTest, SetRssLimitsTheNetwork) {
    EXPECT_EQ(potctl({"set-rss", "-p", "a", "--network-rx", "10M", "--network-tx", "none"}).status, 0);
    EXPECT_EQ(patch(), R"({"limits":{"network_rx":"10M","network_tx":null}})");
    EXPECT_EQ(potctl({"set-rss", "-p", "a"}).status, 2) << "nothing to set";
}

}  // namespace
}  // namespace potd::test
