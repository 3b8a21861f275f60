#include "client/command/ending.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

Value run(const char* text) {
    return *parse_json(text);
}

TEST(RunStatusTest, IsWhatAShellWouldSay) {
    EXPECT_EQ(*run_status(run(R"({"exit_code":7,"signal":null})")), 7);
    EXPECT_EQ(*run_status(run(R"({"exit_code":null,"signal":9})")), 137);
    EXPECT_EQ(*run_status(run(R"({"exit_code":0})")), 0);
}

TEST(RunStatusTest, StaysAStatusWhateverTheAnswerSays) {
    EXPECT_EQ(*run_status(run(R"({"exit_code":null,"signal":9223372036854775807})")), 255);
}

TEST(RunStatusTest, ALostOrFailedRunHasNone) {
    const auto lost = run_status(run(R"({"lost":true,"exit_code":null,"reason":"lost: monitor died"})"));
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.failure().why, "lost: monitor died");
    EXPECT_FALSE(run_status(run(R"({"exit_code":null,"signal":null,"reason":"start failed: x"})")));
}

TEST(RunOutcomeTest, FitsATable) {
    EXPECT_EQ(run_outcome(run(R"({"ended_at":null})")), "");
    EXPECT_EQ(run_outcome(run(R"({"ended_at":"x","exit_code":3})")), "3");
    EXPECT_EQ(run_outcome(run(R"({"ended_at":"x","signal":9,"oom":true})")), "SIGKILL (oom)");
    EXPECT_EQ(run_outcome(run(R"({"ended_at":"x","lost":true})")), "lost");
    EXPECT_EQ(run_outcome(run(R"({"ended_at":"x","started_at":null})")), "not started");
}

TEST(CommandFailureTest, MeansWhatItMeansInAShell) {
    Failure failure = failed("no such file");
    failure.exit = exit_code::not_found;
    EXPECT_EQ(command_failure(failure).exit, exit_code::not_found);
    failure.field = "command[0]";
    EXPECT_EQ(command_failure(failure).exit, 127);
    failure.exit = exit_code::failed;
    failure.code = "permission_denied";
    EXPECT_EQ(command_failure(failure).exit, 126);
    failure.code = "command_not_executable";
    EXPECT_EQ(command_failure(failure).exit, 126);
    failure.code = "command_not_found";
    EXPECT_EQ(command_failure(failure).exit, 127);
}

}  // namespace
}  // namespace potd::client
