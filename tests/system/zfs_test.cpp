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
    ~ZfsSystemTest() override {
        if (!potd_) return;
        // The potd of this test did not come up, or not to its end.
        potd_.reset();
        zfs_pool().zfs({"destroy", "-f", "-r", root_});
    }
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
        EXPECT_EQ(api().request("DELETE", "/v1/bases/host").status, 204);
        EXPECT_EQ(potd_->terminate(), 0);
        if (HasFailure()) std::cout << potd_->log();
        potd_.reset();  // looks once more for pots, and that makes the datasets
        EXPECT_TRUE(zfs_pool().zfs({"destroy", "-f", "-r", root_}));
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

    /// What dd(1) of a pot says to writing so many MiB of what does not compress; empty if they fit.
    std::string writes(const std::string& pot, int mib, const std::string& file) {
        const Json done = api().exec(
            pot, {"/bin/sh", "-c", "dd if=/dev/urandom of=" + file + " bs=1M count=" + std::to_string(mib)});
        return done["exit_code"] == 0 ? std::string() : done["stderr"].get<std::string>();
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

TEST_F(ZfsSystemTest, ALimitHoldsUpItsWriterAlone) {
    if (!zfs_pool().is_real()) GTEST_SKIP() << "the stand-in counts, but holds up no writer";
    api().expect(201, "POST", "/v1/fscomps", {{"name", "site"}, {"quota", "16M"}});
    api().create({{"name", "a"},
                  {"base", "host"},
                  {"command", sh("exec sleep 10000")},
                  {"limits", {{"disk", "16M"}}},
                  {"mounts", Json::array({{{"fscomp", "site"}, {"target", "/data"}}})}});
    create("b", "exec sleep 10000");
    for (const char* pot : {"a", "b"}) api().start(pot);
    EXPECT_THAT(writes("a", 32, "/root/big"), HasSubstr("quota exceeded"));
    EXPECT_THAT(writes("a", 32, "/data/big"), HasSubstr("quota exceeded"));
    EXPECT_EQ(writes("b", 32, "/root/big"), "");
    const auto limit = [&](const Json& size) {
        return api().request("PATCH", "/v1/pots/a", {{"limits", {{"disk", size}}}}).status;
    };
    EXPECT_EQ(limit("64M"), 200);
    EXPECT_EQ(writes("a", 32, "/root/big"), "") << "raised while it runs";
    zfs_pool().sync();
    EXPECT_EQ(limit("8M"), 409) << "more is in it";
    EXPECT_EQ(limit(nullptr), 200);
    EXPECT_EQ(writes("a", 80, "/root/big"), "");
    for (const char* pot : {"a", "b"}) api().destroy(pot, true);
    EXPECT_EQ(api().request("DELETE", "/v1/fscomps/site").status, 204);
}

TEST_F(ZfsSystemTest, ADatasetIsMountedInAPotThatRuns) {
    if (!zfs_pool().is_real()) GTEST_SKIP() << "what the stand-in mounts is no zfs";
    const TempDir place;
    const std::string dataset = zfs_pool().new_dataset();
    ASSERT_TRUE(zfs_pool().zfs({"create", "-o", "mountpoint=" + place.path().string(), dataset}));
    write_file(place / "file", "kept");
    create("a", "exec sleep 10000");
    api().start("a");
    api().expect(200, "POST", "/v1/pots/a/mounts", {{"dataset", dataset}, {"target", "/mnt/own"}});
    EXPECT_EQ(api().exec("a", {"cat", "/mnt/own/file"})["stdout"], "kept");
    potd_->kill9();
    potd_->restart();
    EXPECT_EQ(api().exec("a", {"cat", "/mnt/own/file"})["stdout"], "kept");
    api().expect(200, "DELETE", "/v1/pots/a/mounts?target=/mnt/own");
    EXPECT_NE(api().exec("a", {"cat", "/mnt/own/file"})["exit_code"], 0);
    const Response missing =
        api().request("POST", "/v1/pots/a/mounts", {{"dataset", dataset + "x"}, {"target", "/mnt/x"}});
    EXPECT_EQ(problem_field(missing), "dataset") << missing.describe();
    api().destroy("a", true);
    EXPECT_TRUE(zfs_pool().zfs({"destroy", dataset}));
}

TEST_F(ZfsSystemTest, ABaseOfAPotIsReceivedAndHasRevisions) {
    create("a", "echo one > /root/file");
    api().start("a");
    api().wait("a");
    api().expect(201, "POST", "/v1/bases", {{"name", "b"}, {"pot", "a"}, {"base_pot", true}});
    EXPECT_EQ(zfs_pool().run({"list", "-H", "-p", "-o", "origin", root_ + "/bases/b"}).output, "-\n");
    api().destroy("a", true);
    const TempDir recipes;
    write_file(recipes / "change.sh", "#!/bin/sh\necho two > /root/file\n");
    write_file(recipes / "broken.sh", "#!/bin/sh\necho three > /root/file; exit 3\n");
    const auto update = [&](const char* flavour) {
        return api().request("POST", "/v1/bases/b/update", {{"flavours", {(recipes / flavour).string()}}});
    };
    const auto new_pot_finds = [&](const std::string& pot) {
        api().create({{"name", pot}, {"base", "b"}, {"command", sh("true")}});
        return runs(pot, "cat /root/file");
    };
    EXPECT_EQ(update("change").json()["revision"], 2);
    EXPECT_THAT(new_pot_finds("c"), HasSubstr("two"));
    EXPECT_EQ(update("broken").status, 422);
    EXPECT_THAT(new_pot_finds("d"), HasSubstr("two"));
    api().expect(200, "POST", "/v1/bases/b/rollback", {{"revision", 1}});
    EXPECT_THAT(new_pot_finds("e"), HasSubstr("one"));
    EXPECT_THAT(runs("c", "cat /root/file"), HasSubstr("two")) << "it stays on its revision";
    for (const char* pot : {"c", "d", "e"}) api().destroy(pot, true);
    EXPECT_EQ(api().request("DELETE", "/v1/bases/b").status, 204);
}

}  // namespace
}  // namespace potd::test
