// Pots on the driver zfs: on the pool that POTD_TEST_ZPOOL names, else on a stand-in for zfs.
#include "tests/support/zfs_pool.hpp"
#include "tests/system/fixture.hpp"

#include <memory>
#include <set>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ZfsSystemTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        root_ = zfs_pool().new_dataset();
        PotdOptions options;
        options.extra_config =
            "storage: {driver: auto, zfs: {root: " + root_ + ", program: " + zfs_pool().program() + "}}\n";
        potd_ = std::make_unique<PotdProcess>(options);
        potd_->start();
        api().install_base({{"name", "host"}, {"host", true}});
    }
    void TearDown() override {
        if (!potd_) return;
        const Json pots = api().expect(200, "GET", "/v1/pots");
        for (const Json& pot : pots["items"]) api().destroy(pot["name"].get<std::string>(), true);
        potd_->restart();  // what is still to be destroyed then is swept
        EXPECT_EQ(
            zfs_pool().names_below(root_),
            (std::vector<std::string>{"bases", "bases/host", "bases/host@installed", "fscomp", "jails"}));
        EXPECT_EQ(potd_->terminate(), 0);
        EXPECT_TRUE(zfs_pool().zfs({"destroy", "-f", "-r", root_}));
        if (HasFailure()) std::cout << potd_->log();
    }

    PotApi api() const { return PotApi(potd_->socket()); }
    std::string runs(const std::string& pot, const std::string& script) {
        api().expect(200, "PATCH", "/v1/pots/" + pot, {{"command", sh(script)}});
        api().start(pot);
        EXPECT_EQ(api().wait(pot)["exit_code"], 0) << api().logs(pot);
        return api().logs(pot, "tail=1");
    }
    void create(const std::string& pot, const std::string& script) {
        api().create({{"name", pot}, {"base", "host"}, {"command", sh(script)}});
    }

    std::string root_;
    std::unique_ptr<PotdProcess> potd_;
};

TEST_F(ZfsSystemTest, SaysWhichDriverAndWhy) {
    const Json storage = api().expect(200, "GET", "/v1/info")["capabilities"]["storage"];
    EXPECT_EQ(storage["driver"], "zfs");
    EXPECT_EQ(storage["reason"], "The configuration names the dataset " + root_ + ".");
    EXPECT_EQ(storage["shares"], true);
    EXPECT_EQ(storage["live_snapshots"], true);
}

TEST_F(ZfsSystemTest, APotsWholeLife) {
    create("a", "echo one > /root/file");
    EXPECT_EQ(api().inspect("a")["driver"], "zfs");
    api().start("a");
    EXPECT_EQ(api().wait("a")["exit_code"], 0) << api().logs("a");
    api().expect(201, "POST", "/v1/pots/a/snapshots", {{"name", "first"}});
    EXPECT_THAT(runs("a", "cat /root/file; echo two > /root/file"), HasSubstr("one"));
    api().expect(201, "POST", "/v1/pots/a/snapshots", {{"name", "second"}});
    api().expect(201, "POST", "/v1/pots/a/clone", {{"name", "b"}, {"snapshot", "first"}});
    EXPECT_THAT(runs("b", "cat /root/file; echo three > /root/file"), HasSubstr("one"));
    EXPECT_THAT(runs("a", "cat /root/file"), HasSubstr("two"));
    const Json all = api().expect(200, "GET", "/v1/pots/a/snapshots")["items"];
    ASSERT_EQ(all.size(), 2U);
    EXPECT_GT(all[0]["size"].get<std::int64_t>(), 0);
    EXPECT_EQ(
        api().request("POST", "/v1/pots/a/rollback", {{"snapshot", "first"}, {"destroy_newer", true}}).status,
        200);
    EXPECT_THAT(runs("a", "cat /root/file"), HasSubstr("one"));
    api().destroy("a", true);
    EXPECT_THAT(runs("b", "cat /root/file"), HasSubstr("three")) << "without its source, too";
}

TEST_F(ZfsSystemTest, PotsRunOnAndAreSnapshottedWhilePotdDies) {
    create("a", "echo one > /root/file; trap 'exit 0' TERM; while :; do sleep 1000 & wait; done");
    const Json run = api().start("a")["run"];
    api().expect(201, "POST", "/v1/pots/a/snapshots", {{"name", "live"}});
    potd_->kill9();
    potd_->restart();
    EXPECT_EQ(api().inspect("a")["run"]["pid"], run["pid"]);
    EXPECT_EQ(api().request("POST", "/v1/pots/a/rollback").status, 409) << "it runs";
    api().stop("a");
    EXPECT_EQ(api().request("POST", "/v1/pots/a/rollback").status, 200);
    EXPECT_THAT(runs("a", "cat /root/file"), HasSubstr("one"));
}

TEST_F(ZfsSystemTest, ABaseGoesAfterItsPots) {
    const TempDir source;
    write_file(source / "etc/motd", "hello");
    api().install_base({{"name", "small"}, {"directory", source.path().string()}});
    api().create({{"name", "a"}, {"base", "small"}});
    EXPECT_EQ(api().request("DELETE", "/v1/bases/small").status, 409);
    api().destroy("a", true);
    EXPECT_EQ(api().request("DELETE", "/v1/bases/small").status, 204);
}

TEST_F(ZfsSystemTest, AVolumeIsADataset) {
    api().expect(201, "POST", "/v1/fscomps", {{"name", "site"}, {"quota", "1G"}});
    api().create(
        {{"name", "a"},
         {"base", "host"},
         {"command", sh("echo one > /data/file; trap 'exit 0' TERM; while :; do sleep 1000 & wait; done")},
         {"mounts", Json::array({{{"fscomp", "site"}, {"target", "/data"}}})}});
    api().start("a");
    const std::string file = (potd_->state_dir() / "fscomp-trees/site/file").string();
    ASSERT_TRUE(wait_until([&] { return read_file(file) == "one\n"; }));
    api().expect(201, "POST", "/v1/fscomps/site/snapshots", {{"name", "live"}});
    write_file(file, "two");
    api().expect(201, "POST", "/v1/fscomps/site/clone", {{"name", "copy"}});
    EXPECT_EQ(read_file(potd_->state_dir() / "fscomp-trees/copy/file"), "one\n");
    EXPECT_EQ(api().expect(200, "GET", "/v1/fscomps/copy")["quota"], 1 << 30) << "that of its source";
    EXPECT_EQ(api().request("POST", "/v1/fscomps/site/rollback").status, 409) << "a pot that mounts it runs";
    potd_->kill9();
    potd_->restart();
    api().stop("a");
    EXPECT_EQ(api().request("POST", "/v1/fscomps/site/rollback").status, 200);
    EXPECT_EQ(read_file(file), "one\n");
    api().destroy("a", true);
    for (const char* name : {"site", "copy"})
        EXPECT_EQ(api().request("DELETE", "/v1/fscomps/" + std::string(name)).status, 204);
}

}  // namespace
}  // namespace potd::test
