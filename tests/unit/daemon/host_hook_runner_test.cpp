#include "daemon/platform/posix/host_hook_runner.hpp"

#include "tests/support/poll_loop.hpp"

#include <optional>

#include <gtest/gtest.h>
#include <sys/eventfd.h>

namespace potd::platform {
namespace {

/// Groups whose program never ends by itself and does as told when it is to be killed.
class MadeUpGroups final : public HookGroups {
  public:
    explicit MadeUpGroups(core::Executor& executor) : executor_(executor) {}
    core::Result<StartedHook> start(const std::string&, const HookProgram&) override {
        if (!startable) return core::error(core::ErrorKind::ResourceExhausted, "no room");
        return StartedHook{ProcessHandle({}, UniqueFd(::eventfd(0, EFD_CLOEXEC))),
                           UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))};
    }
    bool remove(const std::string&) override { return false; }
    void clear(const std::string&, core::Reply<void> reply) override {
        ++cleared;
        executor_.post([reply] { reply(core::error(core::ErrorKind::Timeout, "pid 7 stays")); });
    }
    core::Status sweep() override {
        ++swept;
        return {};
    }

    bool startable = true;
    int cleared = 0, swept = 0;

  private:
    core::Executor& executor_;
};

class HostHookRunnerTest : public ::testing::Test {
  protected:
    static core::HookRequest request(core::milliseconds timeout) {
        return {{{"0123456789ab"}, 1}, {"/bin/true"}, "", "", timeout, {}};
    }
    void run(core::HookRequest request) {
        runner_.run(std::move(request), [this](core::HookResult result) { result_ = std::move(result); });
        EXPECT_FALSE(result_);
    }
    void await_result() {
        ASSERT_TRUE(loop_.run_until([this] { return result_.has_value(); }));
    }

    test::PollLoop loop_;
    MadeUpGroups groups_{loop_};
    HostHookRunner runner_{{loop_, loop_, loop_, loop_}, groups_};
    std::optional<core::HookResult> result_;
};

TEST_F(HostHookRunnerTest, SaysSoWhenSomethingWillNotDie) {
    run(request(core::milliseconds{1}));
    await_result();
    EXPECT_EQ(result_->problem, "timed out after 1ms; something it started does not end: pid 7 stays");
    EXPECT_EQ(groups_.cleared, 1);
}

TEST_F(HostHookRunnerTest, TheFirstReasonOfAKillIsTold) {
    run(request(core::milliseconds{1'000'000}));
    runner_.cancel({{"0123456789ab"}, 2});
    runner_.cancel({{"0123456789ab"}, 1});
    runner_.cancel({{"0123456789ab"}, 1});
    await_result();
    EXPECT_TRUE(result_->problem.starts_with("cancelled; ")) << result_->problem;
    EXPECT_EQ(groups_.cleared, 1);
}

TEST_F(HostHookRunnerTest, AGroupThatCannotBeMadeIsAProblem) {
    groups_.startable = false;
    run(request(core::milliseconds{1'000}));
    await_result();
    EXPECT_EQ(result_->problem, "no room");
    EXPECT_FALSE(result_->exit_code || result_->signal);
}

TEST_F(HostHookRunnerTest, RefusesACommandWithoutAnAbsolutePath) {
    auto wrong = request(core::milliseconds{1'000});
    wrong.command = {"true"};
    run(std::move(wrong));
    await_result();
    EXPECT_EQ(result_->problem, "the command does not begin with an absolute path");
}

TEST_F(HostHookRunnerTest, RefusesASecondHookOfARun) {
    std::optional<core::HookResult> first;
    runner_.run(request(core::milliseconds{1'000'000}),
                [&first](core::HookResult result) { first = std::move(result); });
    run(request(core::milliseconds{1'000'000}));
    await_result();
    EXPECT_EQ(result_->problem, "another hook of the run is under way");
    EXPECT_FALSE(first);
    runner_.cancel({{"0123456789ab"}, 1});
    EXPECT_TRUE(loop_.run_until([&] { return first.has_value(); }));
}

TEST_F(HostHookRunnerTest, SweepsTheGroups) {
    EXPECT_TRUE(runner_.sweep().ok());
    EXPECT_EQ(groups_.swept, 1);
}

}  // namespace
}  // namespace potd::platform
