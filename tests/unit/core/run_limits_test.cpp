#include "tests/support/core_fixture.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::int64_t run_mib = 1 << 20;

/// What the kernel holds for runs, and what is recorded, while pots live.
class RunLimitsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    using Edit = std::function<void(Limits&)>;
    RunLimitsTest() { install_base(); }

    Result<PotPtr> create_with(const std::string& name, const Edit& edit) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        edit(spec.limits);
        return *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    }
    static PotPatch to(const Edit& edit) {
        PotPatch patch;
        patch.apply = [edit](PotSpec& spec) {
            edit(spec.limits);
            return Status();
        };
        return patch;
    }
    Result<PotPtr> change(const std::string& name, const Edit& edit) {
        return *ask<PotPtr>([&](auto reply) { pots->change(name, to(edit), reply); });
    }
    void run_one(const std::string& name, const Edit& edit) {
        ASSERT_TRUE(create_with(name, edit));
        ASSERT_TRUE(start(name)->ok());
    }
    [[nodiscard]] Limits launched(const std::string& name) {
        return runtime.runs.at(key(name)).request.spec.limits;
    }
    [[nodiscard]] std::string cpus_of(const std::string& name) {
        return format_cpu_list(pots->limits_now(*pots->find(name)).cpus);
    }
    static Edit memory(std::int64_t mib) {
        return [mib](Limits& limits) { limits.memory = mib * run_mib; };
    }
    static Edit on_cpus(std::int64_t count) {
        return [count](Limits& limits) {
            limits.cpuset.clear();
            limits.cpu_count = count;
        };
    }
    static Edit on_list(const std::string& list) {
        return [list](Limits& limits) { limits.cpuset = list; };
    }
};

TEST_F(RunLimitsTest, AChangeHoldsInTheRunAtOnce) {
    run_one("web", memory(64));
    EXPECT_EQ(limiter.calls, 0U) << "the launch brought them";
    ASSERT_TRUE(change("web", memory(128)));
    EXPECT_EQ(limiter.held.at(key("web")).memory, 128 * run_mib);
    EXPECT_EQ(pots->find("web")->spec.limits.memory, 128 * run_mib);
    ASSERT_TRUE(change("web", memory(0)));
    EXPECT_EQ(limiter.held.at(key("web")).memory, 0);
}

TEST_F(RunLimitsTest, OfAPotThatDoesNotRunOnlyTheRecordChanges) {
    ASSERT_TRUE(create_with("web", memory(64)));
    ASSERT_TRUE(change("web", memory(128)));
    EXPECT_EQ(limiter.calls, 0U);
    ASSERT_TRUE(start("web")->ok());
    EXPECT_EQ(launched("web").memory, 128 * run_mib);
}

TEST_F(RunLimitsTest, WhatTheKernelRefusesIsNotRecorded) {
    run_one("web", memory(64));
    Error below = error(ErrorKind::Conflict, "limits.memory: too little");
    below.field = "limits.memory";
    limiter.error = below;
    const auto refused = change("web", memory(8));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "limits.memory");
    EXPECT_EQ(pots->find("web")->spec.limits.memory, 64 * run_mib);
    limiter.error.reset();
    ASSERT_TRUE(change("web", memory(8))) << "nothing is held for ever";
    ASSERT_TRUE(stop("web")->ok());
}

TEST_F(RunLimitsTest, WhatIsNotRecordedDoesNotHold) {
    run_one("web", memory(64));
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    const auto refused = change("web", memory(128));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(limiter.held.at(key("web")).memory, 64 * run_mib);
    EXPECT_EQ(pots->find("web")->spec.limits.memory, 64 * run_mib);
}

TEST_F(RunLimitsTest, AfterACrashBetweenTheRecordCounts) {
    run_one("web", memory(64));
    const RunKey run = key("web");
    limiter.held[run].memory = 128 * run_mib;  // potd died before it was recorded
    crash();
    EXPECT_EQ(limiter.held.at(run).memory, 64 * run_mib);
    EXPECT_TRUE(complaints.empty());
}

TEST_F(RunLimitsTest, AfterACrashARunThatHasEndedMeanwhileIsNoTrouble) {
    run_one("web", memory(64));
    limiter.error = error(ErrorKind::NotFound, "the pot is not running");
    crash();
    EXPECT_TRUE(complaints.empty());
}

TEST_F(RunLimitsTest, AChangeWhileItStartsHoldsOnceItRuns) {
    runtime.start_at_once = false;
    ASSERT_TRUE(create_with("web", memory(64)));
    std::vector<Result<PotPtr>> started;
    pots->start("web", [&](Result<PotPtr> result) { started.push_back(std::move(result)); });
    loop.run();
    ASSERT_EQ(state("web"), PotState::Starting);
    ASSERT_TRUE(change("web", memory(128)));
    EXPECT_EQ(limiter.calls, 0U);
    runtime.come_up(key("web"));
    loop.run();
    EXPECT_EQ(limiter.held.at(key("web")).memory, 128 * run_mib);
}

TEST_F(RunLimitsTest, ARunThatEndsMeanwhileLeavesTheRecord) {
    run_one("web", memory(64));
    limiter.error = error(ErrorKind::NotFound, "the pot is not running");
    ASSERT_TRUE(change("web", memory(128)));
    EXPECT_EQ(pots->find("web")->spec.limits.memory, 128 * run_mib);
}

TEST_F(RunLimitsTest, ChangesAtOnceEndAlike) {
    run_one("web", memory(64));
    std::vector<Result<PotPtr>> answers;
    for (const std::int64_t mib : {128, 256})
        pots->change("web", to(memory(mib)),
                     [&](Result<PotPtr> answer) { answers.push_back(std::move(answer)); });
    loop.run();
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_NE(answers[0].ok(), answers[1].ok());
    EXPECT_EQ(limiter.held.at(key("web")).memory, pots->find("web")->spec.limits.memory);
}

TEST_F(RunLimitsTest, DiskAndRunAreChangedTogetherOrNotAtAll) {
    files.can.quotas = true;
    run_one("web", memory(64));
    const Edit both = [](Limits& limits) {
        limits.memory = 8 * run_mib;
        limits.disk = 4 * run_mib;
    };
    limiter.error = error(ErrorKind::Conflict, "limits.memory: too little");
    EXPECT_FALSE(change("web", both));
    EXPECT_TRUE(files.limits.empty());
    limiter.error.reset();
    ASSERT_TRUE(change("web", both));
    EXPECT_EQ(files.limits.size(), 1U);
    EXPECT_EQ(limiter.held.at(key("web")).memory, 8 * run_mib);
}

TEST_F(RunLimitsTest, PotsThatAskForANumberAreSpread) {
    run_one("a", on_cpus(2));
    EXPECT_EQ(launched("a").cpuset, "0-1");
    EXPECT_EQ(cpus_of("a"), "0-1");
    run_one("b", on_cpus(2));
    EXPECT_EQ(launched("b").cpuset, "2-3");
    EXPECT_EQ(limiter.calls, 0U) << "nobody had to move";
    EXPECT_EQ(pots->find("b")->spec.limits.cpuset, "") << "what was asked for stays";
}

TEST_F(RunLimitsTest, TheyMoveWhenOthersComeAndGo) {
    run_one("a", on_cpus(2));
    run_one("b", on_cpus(2));
    run_one("c", on_list("0-1"));
    EXPECT_EQ(limiter.calls, 0U) << "one with a list moves nobody by its own coming";
    ASSERT_TRUE(stop("b")->ok());
    EXPECT_EQ(cpus_of("a"), "2-3") << "away from the one with a list";
    EXPECT_EQ(limiter.held.at(key("a")).cpuset, "2-3");
    EXPECT_EQ(cpus_of("b"), "");
    EXPECT_EQ(launched("c").cpuset, "0-1");
    EXPECT_FALSE(limiter.held.contains(key("c"))) << "only who asked for a number is moved";
}

TEST_F(RunLimitsTest, OneThatCannotBeMovedStaysAndIsToldOf) {
    run_one("a", on_cpus(2));
    run_one("b", on_cpus(2));
    run_one("c", on_list("0-1"));
    limiter.error = error(ErrorKind::PermissionDenied, "no");
    ASSERT_TRUE(stop("b")->ok());
    EXPECT_EQ(cpus_of("a"), "0-1");
    ASSERT_EQ(complaints.size(), 1U);
    EXPECT_NE(complaints.front().find("stays on the CPUs 0-1"), std::string::npos) << complaints.front();
}

TEST_F(RunLimitsTest, ANumberMayBecomeAListAndBack) {
    run_one("a", on_cpus(1));
    ASSERT_TRUE(change("a", on_cpus(3)));
    EXPECT_EQ(cpus_of("a"), "0-2");
    EXPECT_EQ(limiter.held.at(key("a")).cpuset, "0-2");
    ASSERT_TRUE(change("a", [](Limits& limits) {
        limits.cpu_count = 0;
        limits.cpuset = "3";
    }));
    EXPECT_EQ(cpus_of("a"), "");
    EXPECT_EQ(limiter.held.at(key("a")).cpuset, "3");
    ASSERT_TRUE(change("a", on_cpus(1)));
    EXPECT_EQ(limiter.held.at(key("a")).cpuset, cpus_of("a"));
}

TEST_F(RunLimitsTest, AfterACrashTheyArePlacedAnew) {
    run_one("a", on_cpus(2));
    run_one("b", on_cpus(2));
    crash();
    EXPECT_EQ(cpus_of("a"), "0-1");
    EXPECT_EQ(cpus_of("b"), "2-3");
    EXPECT_EQ(limiter.held.at(key("b")).cpuset, "2-3");
}

TEST_F(RunLimitsTest, TellsWhatIsLeftOut) {
    limiter.lacks = {{"limits.io_weight", "no bfq"}, {"limits.swap", "no swap"}};
    ASSERT_TRUE(create_with("web", [](Limits& limits) {
        limits.io_weight = 10;
        limits.disk = run_mib;
        limits.best_effort.fields = {"io_weight", "disk"};
    }));
    const auto now = pots->limits_now(*pots->find("web"));
    EXPECT_EQ(now.not_enforced,
              (std::vector<LeftOut>{{"limits.io_weight", "no bfq"},
                                    {"limits.disk", "the file system driver has no quotas"}}));
    EXPECT_TRUE(files.limits.empty());
    ASSERT_TRUE(create_with("plain", memory(64)));
    EXPECT_TRUE(pots->limits_now(*pots->find("plain")).not_enforced.empty());
}

}  // namespace
}  // namespace potd::core
