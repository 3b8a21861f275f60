// Snapshots that potd takes by itself, on the driver that this machine's state directory gets.
#include "tests/support/binaries.hpp"
#include "tests/system/fixture.hpp"

#include <memory>

#include <sqlite3.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class ScheduledSnapshotsTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    Outcome potctl(const Argv& words) const {
        Argv all{binary_directory() + "/potctl"};
        all.insert(all.end(), words.begin(), words.end());
        ProgramOptions options;
        options.env = {{"POTD_URL", "unix://" + potd.socket()}};
        return run_program(all, options);
    }
    Json list(const std::string& of) { return api().expect(200, "GET", "/v1/" + of + "/snapshots")["items"]; }
    /// potd is started again, and everything has been there for long.
    void age() {
        ASSERT_EQ(potd.terminate(), 0);
        sqlite3* opened = nullptr;
        ASSERT_EQ(sqlite3_open((potd.state_dir() / "potd.db").c_str(), &opened), SQLITE_OK);
        const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
        for (const std::string table : {"pots", "volumes", "snapshots", "volume_snapshots"}) {
            const std::string change = "UPDATE " + table + " SET created_at = 0";
            ASSERT_EQ(sqlite3_exec(opened, change.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
        }
        potd.start();
    }
    bool comes(const std::string& of, int number) {
        return wait_until([&] {
            const Json all = list(of);
            return !all.empty() && all.back()["number"] == number;
        });
    }
};

TEST_F(ScheduledSnapshotsTest, AreTakenAndReplaced) {
    const Outcome made = potctl({"create", "-p", "web", "-b", "host", "--snapshot-every", "1h",
                                 "--snapshot-keep", "1", "--snapshot-keep-for", "7d"});
    ASSERT_EQ(made.status, 0) << made.err;
    ASSERT_EQ(potctl({"snapshot", "web", "-n", "mine"}).status, 0);
    age();
    ASSERT_TRUE(comes("pots/web", 2)) << potd.log();
    EXPECT_TRUE(list("pots/web").back()["scheduled"]);
    EXPECT_FALSE(list("pots/web").front()["scheduled"]);
    age();
    ASSERT_TRUE(comes("pots/web", 3)) << potd.log();
    const Json all = list("pots/web");
    ASSERT_EQ(all.size(), 2U) << all.dump();
    EXPECT_EQ(all[0]["name"], "mine") << "what a user took stays";
    ASSERT_EQ(potctl({"set-snapshots", "web", "--off"}).status, 0);
    EXPECT_TRUE(api().inspect("web")["spec"]["snapshots"].is_null());
    EXPECT_EQ(potctl({"set-snapshots", "web", "--keep", "3"}).status, 2);
    const Outcome refused = potctl({"set-snapshots", "web", "--every", "10s"});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("snapshots.every"));
}

TEST_F(ScheduledSnapshotsTest, OfAPotThatRunsWhenItHasStoppedOrAtOnce) {
    const bool live = api().expect(200, "GET", "/v1/info")["capabilities"]["storage"]["live_snapshots"];
    ASSERT_EQ(potctl({"run", "-d", "-p", "web", "-b", "host", "--", "/bin/sleep", "1000"}).status, 0);
    age();
    ASSERT_EQ(potctl({"set-snapshots", "-p", "web", "--every", "1h", "--keep", "2"}).status, 0);
    if (!live) {
        ASSERT_TRUE(wait_until([&] {
            const Response page = api().request("GET", "/v1/events?type=pot.snapshot_postponed", nullptr,
                                                {{"Accept", "application/json"}});
            return page.status == 200 && !page.json()["items"].empty();
        }));
        EXPECT_TRUE(list("pots/web").empty());
        ASSERT_EQ(potctl({"stop", "web"}).status, 0);
    }
    EXPECT_TRUE(comes("pots/web", 1)) << potd.log();
    ASSERT_EQ(potctl({"destroy", "-F", "-p", "web"}).status, 0);
}

TEST_F(ScheduledSnapshotsTest, OfVolumes) {
    ASSERT_EQ(potctl({"create-fscomp", "-f", "site"}).status, 0);
    age();
    ASSERT_EQ(potctl({"set-snapshots", "-f", "site", "--every", "1h", "--keep", "1"}).status, 0);
    ASSERT_TRUE(comes("fscomps/site", 1)) << potd.log();
    age();
    ASSERT_TRUE(comes("fscomps/site", 2)) << potd.log();
    EXPECT_EQ(list("fscomps/site").size(), 1U);
    EXPECT_EQ(api().expect(200, "GET", "/v1/fscomps/site")["snapshots"]["every"], "1h");
    ASSERT_EQ(potctl({"destroy", "-f", "site"}).status, 0);
}

}  // namespace
}  // namespace potd::test
