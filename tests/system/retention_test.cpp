// What is kept of the past: events by number and age, runs and logs on request; and what a client is told
// that comes back for what is gone.
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <sqlite3.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

const Headers as_page = {{"Accept", "application/json"}};

class RetentionTest : public OwnPotdTest {
  protected:
    explicit RetentionTest(const std::string& config = "") : OwnPotdTest(options_with(config)) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    static PotdOptions options_with(const std::string& config) {
        PotdOptions options;
        options.extra_config = config;
        return options;
    }
    /// On the database of a potd that is not running.
    void change_database(const std::string& sql) {
        sqlite3* database = nullptr;
        char* problem = nullptr;
        const std::string file = potd.state_dir() / "potd.db";
        ASSERT_EQ(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK)
            << (problem != nullptr ? problem : "");
        sqlite3_free(problem);
        sqlite3_close(database);
    }
    Response page(const std::string& query) {
        return api().request("GET", "/v1/events?" + query, nullptr, as_page);
    }
    /// Of all events there are. They must follow one another.
    std::vector<std::uint64_t> numbers() {
        std::vector<std::uint64_t> all;
        std::string after;
        for (;;) {
            const Response answer = page("limit=1000" + after);
            // The retention has overtaken us: from the beginning.
            if (answer.status == 410) {
                all.clear();
                after.clear();
                continue;
            }
            const Json list = answer.json();
            for (const Json& event : list["items"]) {
                const std::uint64_t number = event["number"];
                EXPECT_TRUE(all.empty() || number == all.back() + 1) << number << " after " << all.back();
                all.push_back(number);
            }
            if (list["next"].is_null()) return all;
            after = "&after=" + list["next"].get<std::string>();
        }
    }
    std::uint64_t first() { return page("limit=1").json()["items"][0]["number"]; }
    std::uint64_t epoch() { return page("limit=1").json()["epoch"]; }

    /// What the stream says to a client that comes back with this id, until `enough` is in it.
    std::string stream_from(const std::string& id, const std::string& enough) {
        HttpConnection connection(potd.socket());
        const Response head = connection.open("GET", "/v1/events", {},
                                              {{"Accept", "text/event-stream"}, {"Last-Event-ID", id}});
        EXPECT_EQ(head.status, 200);
        std::string text;
        while (text.find(enough) == std::string::npos) {
            const std::string piece = connection.read_some(milliseconds(30'000));
            if (piece.empty()) break;
            text += piece;
        }
        return text;
    }
};

class EventRetentionTest : public RetentionTest {
  protected:
    EventRetentionTest() : RetentionTest("history:\n  events: 50\n") {}
    static constexpr std::uint64_t many = 150'000;
};

TEST_F(EventRetentionTest, KilledInTheMiddleItLosesNothingThatIsToBeKept) {
    const std::uint64_t before = numbers().back();
    potd.kill9();
    change_database(
        "WITH RECURSIVE n (i) AS (SELECT " + std::to_string(before + 1) +
        " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(many) +
        ") INSERT INTO events SELECT i, 1000 * strftime('%s', 'now'), 'test', '', '', 0, '' FROM n");
    potd.start();
    int deaths = 0;
    // The first death comes at once: the pass may be quicker than we.
    std::uint64_t seen = 0;
    while (deaths < 5 && seen < many - 1000) {
        ASSERT_TRUE(wait_until([&] { return first() > seen; }));
        potd.kill9();
        potd.start();
        ++deaths;
        const std::vector<std::uint64_t> kept = numbers();
        EXPECT_GE(kept.front(), seen);
        EXPECT_GE(kept.size(), 50U);
        EXPECT_GE(kept.back(), many);
        seen = kept.front();
    }
    ASSERT_TRUE(wait_until([&] { return numbers().size() <= 55; }));
    const std::uint64_t last = numbers().back();
    api().create({{"name", "a"}, {"base", "host"}});
    EXPECT_EQ(numbers().back(), last + 1) << "the numbers go on";
}

TEST_F(EventRetentionTest, WhoComesBackTooLateIsTold) {
    potd.kill9();
    change_database(
        "WITH RECURSIVE n (i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
        " INSERT INTO events SELECT i, 1000 * strftime('%s', 'now'), 'test', '', '', 0, '' FROM n;"
        " DELETE FROM events WHERE number < 1001");
    potd.start();
    ASSERT_TRUE(wait_until([&] { return numbers().size() <= 55; }));
    const std::uint64_t from = first();
    const std::uint64_t last = numbers().back();

    const Response gone = page("since=5");
    EXPECT_EQ(gone.status, 410) << gone.describe();
    EXPECT_EQ(gone.header("content-type"), "application/problem+json");
    EXPECT_EQ(problem_code(gone), "events_not_kept");
    EXPECT_EQ(gone.json()["first"], from);
    EXPECT_EQ(page("since=" + gone.json()["resume"].get<std::string>()).json()["items"][0]["number"], from);
    EXPECT_EQ(page("since=" + std::to_string(last)).json()["items"], Json::array());
    EXPECT_EQ(problem_code(page("since=" + std::to_string(last + 7))), "events_lost");
    EXPECT_EQ(problem_code(page("since=1.2.3")), "invalid_argument");

    const std::string told =
        stream_from("5." + std::to_string(epoch()), "\"number\":" + std::to_string(last));
    EXPECT_EQ(told.find("id: " + std::to_string(from - 1) + "." + std::to_string(epoch()) +
                        "\nevent: events.reset\n"),
              0U)
        << told;
    EXPECT_NE(told.find("\"number\":" + std::to_string(from) + ","), std::string::npos) << told;

    const Outcome late = potd.potctl({"events", "--since", "5"});
    EXPECT_EQ(late.status, 3);
    EXPECT_NE(late.err.find("not kept any more"), std::string::npos) << late.err;
    EXPECT_EQ(potd.potctl({"events", "--since", "0"}).status, 0);
}

using EpochTest = RetentionTest;

TEST_F(EpochTest, KillingPotdIsNoNewEpochAndNoReset) {
    const std::uint64_t epoch_before = epoch();
    const std::uint64_t last = numbers().back();
    potd.restart();
    EXPECT_EQ(epoch(), epoch_before);
    EXPECT_EQ(potd.terminate(), 0);
    potd.start();
    EXPECT_EQ(epoch(), epoch_before);
    api().create({{"name", "a"}, {"base", "host"}});
    const std::string told =
        stream_from(std::to_string(last) + "." + std::to_string(epoch_before), "pot.created");
    EXPECT_EQ(told.find("id: " + std::to_string(last + 1) + "."), 0U) << told;
}

TEST_F(EpochTest, AfterAPowerCutANumberIsNotTakenForTheOtherEventThatHadIt) {
    potd.kill9();
    // What is on the disk now, and what of it a power cut would leave later.
    const fs::path disk = potd.directory() / "disk";
    fs::create_directory(disk);
    for (const char* name : {"potd.db", "potd.db-wal"}) {
        if (fs::exists(potd.state_dir() / name)) fs::copy_file(potd.state_dir() / name, disk / name);
    }
    potd.start();
    const std::uint64_t old_epoch = epoch();
    const std::uint64_t durable = numbers().back();
    api().create({{"name", "lost"}, {"base", "host"}});
    const std::uint64_t seen = numbers().back();
    ASSERT_EQ(seen, durable + 1);
    api().destroy("lost");
    potd.kill9();
    for (const char* name : {"potd.db", "potd.db-wal", "potd.db-shm"}) fs::remove(potd.state_dir() / name);
    for (const char* name : {"potd.db", "potd.db-wal"}) {
        if (fs::exists(disk / name)) fs::copy_file(disk / name, potd.state_dir() / name);
    }
    change_database("UPDATE event_stream SET boot_id = 'the boot before'");
    potd.start();
    api().create({{"name", "other"}, {"base", "host"}});
    ASSERT_EQ(numbers().back(), seen) << "the number is given again";
    EXPECT_GT(epoch(), old_epoch);

    const std::string old_id = std::to_string(seen) + "." + std::to_string(old_epoch);
    const std::string told = stream_from(old_id, "\"pot\":\"other\"");
    EXPECT_EQ(told.find("id: " + std::to_string(durable) + "." + std::to_string(epoch()) +
                        "\nevent: events.reset\ndata: {\"type\":\"events.reset\",\"reason\":\"lost\""),
              0U)
        << told;
    EXPECT_EQ(problem_code(page("since=" + old_id)), "events_lost");
    const std::string certain =
        stream_from(std::to_string(durable) + "." + std::to_string(old_epoch), "\"pot\":\"other\"");
    EXPECT_EQ(certain.find("events.reset"), std::string::npos) << certain;
    EXPECT_EQ(certain.find("id: " + std::to_string(seen) + "." + std::to_string(epoch())), 0U) << certain;
}

class PruneTest : public RetentionTest {
  protected:
    PruneTest() : RetentionTest("defaults:\n  log:\n    max_size: 4K\n    max_files: 9\n") {}
    void create(const std::string& name, const std::string& script) {
        api().create({{"name", name}, {"base", "host"}, {"command", sh(script)}});
    }
    [[nodiscard]] fs::path log_of(const std::string& name) {
        return potd.state_dir() / "pots" / api().inspect(name)["id"].get<std::string>() / "log";
    }
    std::vector<std::string> logs_of(const std::string& name) {
        std::vector<std::string> names;
        for (const auto& file : fs::directory_iterator(log_of(name))) names.push_back(file.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }
    Json prune(const Json& request) { return api().expect(200, "POST", "/v1/system/prune", request); }
};

TEST_F(PruneTest, RotatedLogsOfARunningPotGoAndItWritesOn) {
    create("a", "seq 1500; while [ ! -e /more ]; do sleep 0.02; done; seq 1501 2000; exec sleep 1000");
    const pid_t main = api().start("a")["run"]["pid"];
    ASSERT_TRUE(wait_until([&] { return logs_of("a").size() > 4 && api().logs("a", "tail=1") == "1500\n"; }));
    const Json would = prune({{"kinds", {"logs"}}, {"dry_run", true}});
    EXPECT_GT(would["logs"][0]["files"], 3) << would;
    EXPECT_GT(would["bytes"], 10'000);
    EXPECT_GT(logs_of("a").size(), 4U);
    EXPECT_EQ(prune({{"kinds", {"logs"}}, {"keep", 0}}), would) << "the dry run told it";
    EXPECT_EQ(logs_of("a"), std::vector<std::string>{"current.log"});
    EXPECT_EQ(prune({{"kinds", {"logs"}}})["logs"], Json::array()) << "a second call";
    write_file(root_of(main) + "/more", "");
    ASSERT_TRUE(wait_until([&] { return api().logs("a", "tail=1") == "2000\n"; }));
    EXPECT_GT(logs_of("a").size(), 2U) << "it rotates on";
    EXPECT_NE(api().logs("a").find("1501\n1502\n"), std::string::npos);
}

TEST_F(PruneTest, TheWholeLogOfAPotThatIsDownGoesOnDemand) {
    create("a", "echo first");
    api().start("a");
    api().wait("a");
    EXPECT_EQ(prune({{"kinds", {"logs"}}})["logs"], Json::array()) << "the newest file stays";
    EXPECT_EQ(prune({{"kinds", {"logs"}}, {"keep", 0}, {"older_than", "1h"}})["logs"], Json::array());
    EXPECT_EQ(prune({{"kinds", {"logs"}}, {"keep", 0}})["logs"][0]["files"], 1);
    EXPECT_EQ(api().logs("a"), "");
    api().start("a");
    api().wait("a");
    EXPECT_EQ(api().logs("a"), "first\n");
    fs::remove_all(log_of("a"));
    EXPECT_EQ(prune({{"kinds", {"logs"}}, {"keep", 0}})["logs"], Json::array()) << "a vanished directory";
}

TEST_F(PruneTest, RunsGoButTheNewest) {
    create("a", "exit 3");
    for (int i = 0; i < 5; ++i) {
        api().start("a");
        api().wait("a");
    }
    EXPECT_EQ(prune({{"kinds", {"runs"}}, {"dry_run", true}})["runs"][0]["runs"], 4);
    EXPECT_EQ(api().runs("a").size(), 5U);
    EXPECT_EQ(prune({{"kinds", {"runs"}}, {"keep", 3}})["runs"][0]["runs"], 2);
    const Outcome pruned = potd.potctl({"system", "prune", "runs", "logs"});
    EXPECT_EQ(pruned.status, 0) << pruned.err;
    EXPECT_NE(pruned.out.find("a  2 runs  0\n"), std::string::npos) << pruned.out;
    const Json left = api().runs("a");
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0]["number"], 5);
    EXPECT_EQ(left[0]["exit_code"], 3);
    EXPECT_EQ(potd.potctl({"system", "prune", "runs"}).out, "");
    potd.restart();
    EXPECT_EQ(api().runs("a").size(), 1U);
    api().start("a");
    EXPECT_EQ(api().wait("a")["number"], 6);
}

TEST_F(PruneTest, SaysWhatItDoesNotUnderstand) {
    EXPECT_EQ(problem_field(api().request("POST", "/v1/system/prune", {{"kinds", {"dust"}}})), "kinds");
    EXPECT_EQ(problem_field(
                  api().request("POST", "/v1/system/prune", {{"kinds", {"logs"}}, {"older_than", "-1s"}})),
              "older_than");
    const Outcome unknown = potd.potctl({"system", "prune", "run"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_NE(unknown.err.find("did you mean runs"), std::string::npos) << unknown.err;
    EXPECT_EQ(potd.potctl({"system", "prune", "runs", "--older-than", "-1s"}).status, 2);
    EXPECT_EQ(potd.potctl({"system", "prune", "runs", "--keep", "-1"}).status, 2);
    EXPECT_EQ(potd.potctl({"system", "prune", "--keep", "1"}).status, 2);
}

class HookOutputTest : public RetentionTest {
  protected:
    HookOutputTest() : RetentionTest("history:\n  hook_output: 30K\n") {}
};

TEST_F(HookOutputTest, TheOldestHookOutputsAreEmptied) {
    api().create({{"name", "a"},
                  {"base", "host"},
                  {"command", sh("exit 0")},
                  {"hooks", {{"poststop", {{{"command", sh("head -c 10000 /dev/zero | tr '\\0' x")}}}}}}});
    for (int i = 0; i < 6; ++i) {
        api().start("a");
        api().wait("a");
    }
    potd.restart();  // a pass begins
    const auto size_of = [&](const Json& run) { return run["hooks"][0]["output"].get<std::string>().size(); };
    ASSERT_TRUE(wait_until([&] { return size_of(api().runs("a")[0]) == 0; }));
    std::vector<std::size_t> sizes;
    for (const Json& run : api().runs("a")) sizes.push_back(size_of(run));
    EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 0, 10000, 10000, 10000, 10000}));
    EXPECT_EQ(api().runs("a")[0]["hooks"][0]["exit_code"], 0) << "the record stays";
}

}  // namespace
}  // namespace potd::test
