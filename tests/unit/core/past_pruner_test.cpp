#include "core/service/past_pruner.hpp"

#include "tests/support/core_fixture.hpp"
#include "tests/support/records.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::fakes {
namespace {

using core::PastPrune;
using core::PrunableRuns;
using core::WallTime;
using test::make_end;
using test::make_run;

/// Log directories that hold what the test says.
class CountedLogs : public core::LogReader {
  public:
    core::Result<std::unique_ptr<core::LogCursor>> open(const std::string&, const core::LogQuery&) override {
        return core::error(core::ErrorKind::Unsupported, "not here");
    }
    void prune(const core::LogPrune& what, core::Reply<core::LogPruned> reply) override {
        asked.push_back(what);
        if (broken == what.directory) return reply(core::error(core::ErrorKind::Internal, "broken"));
        reply(files[what.directory]);
    }
    std::map<std::string, core::LogPruned> files;
    std::string broken;
    std::vector<core::LogPrune> asked;
};

class PastPrunerTest : public testing::Test {
  protected:
    PastPrunerTest() { core_.install_base(); }

    /// A pot with runs 1 to `count`, run N ended at the time 100 N; what the store holds, not the supervisor.
    core::PotId store_runs(const std::string& name, std::uint32_t count) {
        core_.create(name);
        const core::PotId id = core_.pots->find(name)->id;
        std::vector<core::Change> changes;
        for (std::uint32_t n = 1; n <= count; ++n) {
            core::Run run = make_run(n);
            run.end = make_end(0);
            run.end->ended_at = {std::int64_t{100} * n};
            core::HookRecord hook;
            hook.end = core::HookResult{};
            hook.end->output = "12345";
            run.hooks = {hook};
            changes.emplace_back(core::PutRun{id, run});
        }
        core_.journal.commit(std::move(changes), core::Durability::Observation, {}, {});
        core_.loop.run();
        return id;
    }
    core::Result<std::vector<PrunableRuns>> prune(const PastPrune& what) {
        return *core_.ask<std::vector<PrunableRuns>>([&](auto reply) { pruner_.prune_runs(what, reply); });
    }
    [[nodiscard]] std::vector<std::uint32_t> numbers(const core::PotId& pot) const {
        std::vector<std::uint32_t> found;
        for (const auto& [key, run] : core_.journal.recorded().runs) {
            if (key.pot == pot) found.push_back(key.run);
        }
        return found;
    }

    CoreFixture core_;
    MemoryHistory history_{core_.journal, core_.loop};
    CountedLogs logs_;
    core::PastPruner pruner_{{core_.journal, history_, logs_, core_.files, *core_.supervisor}};
};

TEST_F(PastPrunerTest, RemovesRunsButTheNewest) {
    const core::PotId a = store_runs("a", 5);
    const core::PotId b = store_runs("b", 1);
    const auto removed = prune({WallTime{10'000}});
    ASSERT_TRUE(removed);
    EXPECT_EQ(*removed, (std::vector{PrunableRuns{a, 1, 4, 4, 20}}));
    EXPECT_EQ(numbers(a), std::vector<std::uint32_t>{5});
    EXPECT_EQ(numbers(b), std::vector<std::uint32_t>{1});
    EXPECT_TRUE(prune({WallTime{10'000}})->empty()) << "a second call finds nothing";
    EXPECT_TRUE(prune({WallTime{10'000}, 0})->empty()) << "the newest stays";
}

TEST_F(PastPrunerTest, HoldsToAgeAndCount) {
    const core::PotId a = store_runs("a", 9);
    EXPECT_EQ(*prune({WallTime{300}, 2}), (std::vector{PrunableRuns{a, 1, 3, 3, 15}}));
    EXPECT_EQ(*prune({WallTime{10'000}, 4}), (std::vector{PrunableRuns{a, 4, 5, 2, 10}}));
    EXPECT_EQ(numbers(a), (std::vector<std::uint32_t>{6, 7, 8, 9}));
}

TEST_F(PastPrunerTest, ADryRunRemovesNothing) {
    const core::PotId a = store_runs("a", 5);
    EXPECT_EQ(*prune({WallTime{10'000}, 1, true}), (std::vector{PrunableRuns{a, 1, 4, 4, 20}}));
    EXPECT_EQ(numbers(a).size(), 5U);
}

TEST_F(PastPrunerTest, ManyRunsGoInSeveralCommits) {
    const core::PotId a = store_runs("a", 1201);
    const core::PotId b = store_runs("b", 3);
    const std::size_t before = core_.journal.commits();
    ASSERT_TRUE(prune({WallTime{1'000'000}}));
    EXPECT_EQ(core_.journal.commits() - before, 25U) << "24 times 50 of one pot, 2 of the other";
    EXPECT_EQ(numbers(a), std::vector<std::uint32_t>{1201});
    EXPECT_EQ(numbers(b), std::vector<std::uint32_t>{3});
    core_.loop.run();
    EXPECT_EQ(core_.journal.durable().runs.size(), 2U) << "what is told is on the disk";
}

TEST_F(PastPrunerTest, AFullDiskIsTold) {
    store_runs("a", 5);
    core_.journal.fail_next(core::error(core::ErrorKind::ResourceExhausted, "no space"));
    const auto failed = prune({WallTime{10'000}});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, core::ErrorKind::ResourceExhausted);
    EXPECT_TRUE(prune({WallTime{10'000}})) << "and the next call works";
}

TEST_F(PastPrunerTest, OnlyAPotThatIsDownIsIdle) {
    core_.create("up");
    core_.create("down");
    core_.start("up");
    const core::PotPtr up = core_.pots->find("up");
    const core::PotPtr down = core_.pots->find("down");
    logs_.files[core_.files.log_directory(up->id)] = {2, 200};
    logs_.broken = core_.files.log_directory(down->id);
    core::PastPruner::LogsDone outcome;
    pruner_.prune_logs({WallTime{77}, 3, true}, {up->id, down->id, core::PotId{"000000000bad"}},
                       [&](const auto& done) { outcome = done; });
    ASSERT_EQ(logs_.asked.size(), 2U) << "a pot that is gone has no log";
    EXPECT_FALSE(logs_.asked[0].idle);
    EXPECT_TRUE(logs_.asked[1].idle);
    EXPECT_EQ(logs_.asked[0].keep, 3U);
    EXPECT_EQ(logs_.asked[0].written_before.ms, 77);
    EXPECT_TRUE(logs_.asked[0].dry_run);
    ASSERT_EQ(outcome.pruned.size(), 1U);
    EXPECT_EQ(outcome.pruned[0].pot, up->id);
    EXPECT_EQ(outcome.pruned[0].what, (core::LogPruned{2, 200}));
    ASSERT_EQ(outcome.problems.size(), 1U);
    EXPECT_EQ(outcome.problems[0].message, "log of pot down: broken");
}

}  // namespace
}  // namespace potd::fakes
