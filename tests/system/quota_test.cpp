// Bounds on what pots and volumes may take: on a btrfs of our own they hold, elsewhere they are refused.
#include "tests/support/btrfs_image.hpp"
#include "tests/system/fixture.hpp"

#include <cstdint>

namespace potd::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t quota_mib = 1 << 20;

const BtrfsImage& image() {
    static const BtrfsImage one;
    return one;
}

PotdOptions on_the_image() {
    PotdOptions options;
    options.place = image().place();
    return options;
}

class QuotaTest : public OwnPotdTest {
  protected:
    QuotaTest() : OwnPotdTest(on_the_image()) {}
    void SetUp() override {
        if (image().place().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    void create(const std::string& name, const Json& more) {
        Json spec = {{"name", name}, {"base", "host"}, {"command", sh("exec sleep 1000")}};
        spec.update(more);
        api().create(spec);
    }
    /// What a shell of the pot says to writing so many MiB.
    std::string fill(const std::string& pot, int mib, const std::string& file = "/root/big") const {
        return potd
            .potctl({"exec", "-p", pot, "--", "/bin/sh", "-c",
                     "dd if=/dev/zero of=" + file + " bs=1M count=" + std::to_string(mib) +
                         " 2>&1 && sync -f " + file + " 2>&1 && echo fits"})
            .out;
    }
    [[nodiscard]] Json df() const { return potd.http("GET", "/v1/system/df").json(); }
};

TEST_F(QuotaTest, APotIsHeldUpAtItsLimitAndOthersGoOn) {
    create("small", {{"limits", {{"disk", "16M"}}}});
    create("other", Json::object());
    for (const char* pot : {"small", "other"}) api().start(pot);
    EXPECT_THAT(fill("small", 48), HasSubstr("Disk quota exceeded"));
    EXPECT_THAT(fill("other", 48), HasSubstr("fits"));
    EXPECT_EQ(df()["pots"][1]["limit"], 16 * quota_mib);
    EXPECT_TRUE(df()["pots"][0]["limit"].is_null());
    EXPECT_EQ(potd.http("GET", "/v1/info").json()["capabilities"]["storage"]["quotas"], true);
    EXPECT_THAT(potd.potctl({"info", "small"}).out, HasSubstr("disk limit:"));
    EXPECT_THAT(potd.potctl({"system", "df"}).out, AllOf(HasSubstr("LIMIT"), HasSubstr("16M")));

    EXPECT_EQ(potd.potctl({"set-quota", "-p", "small", "-q", "64M"}).status, 0);
    EXPECT_THAT(fill("small", 32), HasSubstr("fits")) << "raised while it runs";
    const Outcome below = potd.potctl({"set-quota", "-p", "small", "-q", "8M"});
    EXPECT_EQ(below.status, 4);
    EXPECT_THAT(below.err, HasSubstr("8388608 bytes are less than the "));
    EXPECT_EQ(api().inspect("small")["spec"]["limits"]["disk"], 64 * quota_mib);
    EXPECT_EQ(potd.potctl({"set-quota", "-p", "small", "-q", "none"}).status, 0);
    EXPECT_THAT(fill("small", 80), HasSubstr("fits"));
}

TEST_F(QuotaTest, ALimitOutlivesPotdRenamesAndRollbacks) {
    create("a", {{"limits", {{"disk", "16M"}}}});
    ASSERT_EQ(potd.potctl({"snapshot", "a"}).status, 0);
    ASSERT_EQ(potd.potctl({"rename", "-p", "a", "-n", "b"}).status, 0);
    ASSERT_EQ(potd.potctl({"revert", "b"}).status, 0);
    potd.kill9();
    potd.restart();
    ASSERT_EQ(potd.potctl({"clone", "-P", "b", "-p", "c"}).status, 0);
    for (const char* pot : {"b", "c"}) {
        api().start(pot);
        EXPECT_THAT(fill(pot, 48), HasSubstr("Disk quota exceeded")) << pot;
    }
}

TEST_F(QuotaTest, AVolumeIsHeldUpAsWell) {
    ASSERT_EQ(potd.potctl({"create-fscomp", "-f", "site", "-q", "16M"}).status, 0);
    create("a", {{"mounts", Json::array({{{"fscomp", "site"}, {"target", "/data"}}})}});
    api().start("a");
    EXPECT_THAT(fill("a", 48, "/data/big"), HasSubstr("Disk quota exceeded"));
    EXPECT_THAT(fill("a", 48), HasSubstr("fits"));
    EXPECT_THAT(potd.potctl({"list", "-f"}).out, AllOf(HasSubstr("QUOTA"), HasSubstr("16M")));
    EXPECT_EQ(potd.potctl({"set-quota", "-f", "site", "-q", "8M"}).status, 4);
    EXPECT_EQ(potd.potctl({"set-quota", "-f", "site", "-q", "64M"}).status, 0);
    potd.kill9();
    potd.restart();
    EXPECT_THAT(fill("a", 32, "/data/big"), HasSubstr("fits"));
    EXPECT_THAT(fill("a", 96, "/data/big"), HasSubstr("Disk quota exceeded"));
    EXPECT_EQ(df()["fscomps"][0]["limit"], 64 * quota_mib);
}

TEST_F(QuotaTest, ALimitThatCannotBeLeavesNoPot) {
    const Response small =
        potd.http("POST", "/v1/pots", {{"name", "a"}, {"base", "host"}, {"limits", {{"disk", "1K"}}}});
    EXPECT_EQ(small.status, 422);
    EXPECT_EQ(problem_field(small), "limits.disk");
    EXPECT_EQ(potd.http("GET", "/v1/pots/a").status, 404);
}

class NoQuotaTest : public SystemTest {};

TEST_F(NoQuotaTest, ADriverWithoutThemSaysSo) {
    const Json storage = api.expect(200, "GET", "/v1/info")["capabilities"]["storage"];
    if (storage["quotas"] == true) GTEST_SKIP() << "the driver of this machine's state directory has quotas";
    const std::string name = fresh_name();
    const Response refused =
        api.request("POST", "/v1/pots", {{"name", name}, {"base", "host"}, {"limits", {{"disk", "1G"}}}});
    EXPECT_EQ(refused.status, 422);
    EXPECT_EQ(problem_field(refused), "limits.disk");
    EXPECT_EQ(problem_code(refused), "unsupported");
    EXPECT_THAT(refused.body,
                AllOf(HasSubstr(storage["driver"].get<std::string>()), HasSubstr("btrfs or zfs")));
    EXPECT_EQ(api.request("GET", "/v1/pots/" + name).status, 404);
    const std::string pot = create(idle());
    EXPECT_EQ(problem_field(api.request("PATCH", "/v1/pots/" + pot, {{"limits", {{"disk", "1G"}}}})),
              "limits.disk");
    EXPECT_EQ(api.request("PATCH", "/v1/pots/" + pot, {{"limits", {{"disk", 0}}}}).status, 200);
    const Response volume = api.request("POST", "/v1/fscomps", {{"name", "bounded"}, {"quota", "1G"}});
    EXPECT_EQ(volume.status, 422);
    EXPECT_EQ(problem_field(volume), "quota");
    EXPECT_EQ(api.request("GET", "/v1/fscomps/bounded").status, 404);
}

}  // namespace
}  // namespace potd::test
