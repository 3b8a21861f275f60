// What every limiter does (core/port/limiter.hpp), fakes included.
#include "tests/contract/limiter_ground.hpp"
#include "tests/fakes/fake_machine.hpp"
#include "tests/fakes/manual_loop.hpp"

#include <gtest/gtest.h>

namespace potd {
namespace {

using core::ErrorKind;
using core::Limits;
using test::LimiterGround;
using test::LimiterMaker;

constexpr std::int64_t limit_mib = 1 << 20;

class FakeGround final : public LimiterGround {
  public:
    FakeGround() { limiter_.in_use[run()] = 0; }
    core::Limiter& limiter() override { return limiter_; }
    [[nodiscard]] core::RunKey run() const override { return {{"0123456789ab"}, 1}; }
    void settle(const bool&) override { loop_.run(); }
    std::optional<std::int64_t> memory() override { return set(limiter_.held[run()].memory); }
    std::optional<std::int64_t> pids() override { return set(limiter_.held[run()].pids); }
    bool use_memory(std::int64_t bytes) override {
        limiter_.in_use[run()] = bytes;
        return true;
    }

  private:
    static std::optional<std::int64_t> set(std::int64_t value) {
        return value > 0 ? std::optional(value) : std::nullopt;
    }
    fakes::ManualExecutor loop_;
    fakes::FakeLimiter limiter_{loop_};
};

std::unique_ptr<LimiterGround> make_fake(std::string& /*lacks*/) {
    return std::make_unique<FakeGround>();
}

std::vector<LimiterMaker> all_limiters() {
    auto all = test::limiters_of_system();
    all.push_back({"Fake", make_fake});
    return all;
}

class LimiterContractTest : public testing::TestWithParam<LimiterMaker> {
  protected:
    void SetUp() override {
        std::string lacks;
        ground_ = GetParam().make(lacks);
        if (!ground_) GTEST_SKIP() << lacks;
    }
    core::Status set(const core::RunKey& run, const Limits& limits) {
        core::Status result;
        bool replied = false;
        ground_->limiter().set(run, limits, [&](core::Status given) {
            result = std::move(given);
            replied = true;
        });
        EXPECT_FALSE(replied) << "inside the call";
        ground_->settle(replied);
        EXPECT_TRUE(replied);
        return result;
    }
    core::Status set(const Limits& limits) { return set(ground_->run(), limits); }

    static Limits some() {
        Limits limits;
        limits.memory = 64 * limit_mib;
        limits.pids = 20;
        return limits;
    }

    std::unique_ptr<LimiterGround> ground_;
};

TEST_P(LimiterContractTest, TheRunHasWhatIsAskedFor) {
    const core::Status done = set(some());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(ground_->memory(), 64 * limit_mib);
    EXPECT_EQ(ground_->pids(), 20);
}

TEST_P(LimiterContractTest, WhatIsNotAskedForIsNotLimitedAnyMore) {
    ASSERT_TRUE(set(some()));
    Limits less = some();
    less.memory = 0;
    less.pids = 30;
    ASSERT_TRUE(set(less));
    EXPECT_EQ(ground_->memory(), std::nullopt);
    EXPECT_EQ(ground_->pids(), 30);
    ASSERT_TRUE(set({}));
    EXPECT_NE(ground_->pids(), 30);
}

TEST_P(LimiterContractTest, TheSameOnceMoreIsFine) {
    ASSERT_TRUE(set(some()));
    ASSERT_TRUE(set(some()));
    EXPECT_EQ(ground_->pids(), 20);
    ASSERT_TRUE(set({}));
    EXPECT_TRUE(set({}));
}

TEST_P(LimiterContractTest, OneChangeComesAfterTheOther) {
    std::vector<int> replies;
    bool both = false;
    Limits last = some();
    last.pids = 30;
    ground_->limiter().set(ground_->run(), some(), [&](const core::Status&) { replies.push_back(1); });
    ground_->limiter().set(ground_->run(), last, [&](const core::Status&) {
        replies.push_back(2);
        both = true;
    });
    EXPECT_TRUE(replies.empty());
    ground_->settle(both);
    EXPECT_EQ(replies, (std::vector<int>{1, 2}));
    EXPECT_EQ(ground_->pids(), 30);
}

TEST_P(LimiterContractTest, ARunThatIsNotThereIsNotFound) {
    EXPECT_EQ(set({{"ba9876543210"}, 1}, some()).error().kind, ErrorKind::NotFound);
    EXPECT_EQ(set({ground_->run().pot, 2}, some()).error().kind, ErrorKind::NotFound) << "another run of it";
    EXPECT_NE(ground_->pids(), 20);
}

TEST_P(LimiterContractTest, MemoryBelowWhatIsInUseIsRefusedAndNothingHasChanged) {
    Limits first = some();
    first.memory = 128 * limit_mib;
    first.swap = 0;
    // Swap may not be counted here.
    if (!ground_->limiter().left_out(first).empty()) first.swap.reset();
    ASSERT_TRUE(set(first));
    if (!ground_->use_memory(64 * limit_mib)) GTEST_SKIP() << "nobody uses memory here";
    Limits less = first;
    less.memory = 16 * limit_mib;
    less.pids = 30;
    const core::Status refused = set(less);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict) << refused.error().message;
    EXPECT_EQ(refused.error().field, "limits.memory");
    EXPECT_NE(refused.error().message.find("bytes"), std::string::npos) << refused.error().message;
    EXPECT_EQ(ground_->memory(), 128 * limit_mib);
    EXPECT_EQ(ground_->pids(), 20);
}

TEST_P(LimiterContractTest, SaysOfWhatItIsAskedForWhatItLeavesOut) {
    EXPECT_TRUE(ground_->limiter().left_out({}).empty());
    Limits every = some();
    every.cpus = 0.5;
    every.cpu_weight = 50;
    every.io_weight = 50;
    every.files = 100;
    every.memory_soft = 32 * limit_mib;
    for (const core::LeftOut& each : ground_->limiter().left_out(every)) {
        EXPECT_TRUE(each.field.starts_with("limits.")) << each.field;
        EXPECT_FALSE(each.reason.empty()) << each.field;
    }
}

INSTANTIATE_TEST_SUITE_P(Every, LimiterContractTest, testing::ValuesIn(all_limiters()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace potd
