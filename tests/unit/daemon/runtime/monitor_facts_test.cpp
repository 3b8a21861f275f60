#include "daemon/platform/posix/monitor_facts.hpp"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace link = core::monitor_link;

link::ExitFacts ended_with(int status) {
    link::ExitFacts facts;
    facts.has_main_status = true;
    facts.main_status = status;
    facts.ended_at_ms = 42;
    return facts;
}

TEST(MonitorFactsTest, AnExitKeepsItsCode) {
    auto facts = ended_with(3 << 8);
    facts.peak_memory = 4096;
    const auto record = to_record(facts, false);
    EXPECT_EQ(record.exit_code, 3);
    EXPECT_EQ(record.signal, std::nullopt);
    EXPECT_EQ(record.reason, "exited");
    EXPECT_EQ(record.peak_memory, 4096);
    EXPECT_EQ(record.ended_at.ms, 42);
}

TEST(MonitorFactsTest, ASignalHasNoCode) {
    auto facts = ended_with(SIGTERM);
    facts.signal_requested = SIGTERM;
    const auto record = to_record(facts, false);
    EXPECT_EQ(record.signal, SIGTERM);
    EXPECT_EQ(record.exit_code, std::nullopt);
    EXPECT_EQ(record.reason, "stopped");
}

TEST(MonitorFactsTest, AKillThatWasAskedForIsOne) {
    EXPECT_EQ(to_record(ended_with(SIGKILL), true).reason, "killed");
}

TEST(MonitorFactsTest, OutOfMemoryIsTold) {
    auto facts = ended_with(SIGKILL);
    facts.oom_kills = 1;
    EXPECT_TRUE(to_record(facts, false).oom);
    EXPECT_EQ(to_record(facts, false).reason, "oom");
    facts.main_status = 0;
    EXPECT_FALSE(to_record(facts, false).oom);
}

TEST(MonitorFactsTest, WithoutACommandInitSpeaks) {
    link::ExitFacts facts;
    facts.init_status = 5 << 8;
    EXPECT_EQ(to_record(facts, false).exit_code, 5);
    EXPECT_EQ(to_record(facts, false).peak_memory, std::nullopt);
}

TEST(MonitorFactsTest, AFailureNamesTheField) {
    const auto missing = to_error({link::Stage::Command, ENOENT, "command x: not found"});
    EXPECT_EQ(missing.kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(missing.field, "command");
    EXPECT_EQ(missing.message, "command x: not found");
    EXPECT_EQ(to_error({link::Stage::Command, EACCES, ""}).kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(to_error({link::Stage::Command, ENOEXEC, ""}).kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(to_error({link::Stage::User, 0, "no user x"}).kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(to_error({link::Stage::Mount, 0, "x"}).kind, core::ErrorKind::Internal);
}

TEST(MonitorFactsTest, ALostRunSaysWhy) {
    const auto record = lost_record({7}, "the monitor died");
    EXPECT_TRUE(record.lost);
    EXPECT_EQ(record.reason, "lost: the monitor died");
}

TEST(MonitorFactsTest, StatusesBecomeShellCodes) {
    EXPECT_EQ(to_result(9).exit_code, 137);
    EXPECT_EQ(to_result(9).signal, 9);
    EXPECT_EQ(to_result(2 << 8).exit_code, 2);
}

}  // namespace
}  // namespace potd::platform
