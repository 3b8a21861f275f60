#include "tests/integration/monitor_fixture.hpp"

#include <cerrno>
#include <filesystem>

namespace potd::test {

namespace {

using MonitorFailureTest = MonitorTest;

TEST_F(MonitorFailureTest, ACommandThatIsMissingNeverRan) {
    const link::Failed failed = run_to_failure(plan({"nginx"}));
    EXPECT_EQ(failed.failure.stage, link::Stage::Command);
    EXPECT_EQ(failed.failure.error_number, ENOENT);
    EXPECT_EQ(failure_text_, "command nginx: not found in the pot");
    take();
    EXPECT_TRUE(cgroup_directories().empty());
}

TEST_F(MonitorFailureTest, ACommandThatMayNotBeExecuted) {
    write_file(path("root/bin/plain"), "text");
    const link::Failed failed = run_to_failure(plan({"/bin/plain"}));
    EXPECT_EQ(failed.failure.stage, link::Stage::Command);
    EXPECT_EQ(failed.failure.error_number, EACCES);
    take();
}

TEST_F(MonitorFailureTest, AScriptWhoseInterpreterIsMissing) {
    write_file(path("root/bin/script"), "#!/bin/nothing\n");
    std::filesystem::permissions(path("root/bin/script"), std::filesystem::perms(0755));
    const link::Failed failed = run_to_failure(plan({"script"}));
    EXPECT_EQ(failed.failure.stage, link::Stage::Command);
    EXPECT_EQ(failure_text_, "command /bin/script: its interpreter is not in the pot");
    take();
}

TEST_F(MonitorFailureTest, AUserThePotDoesNotKnow) {
    auto order = plan({"true"});
    order.user = "nobody-here";
    const link::Failed failed = run_to_failure(order);
    EXPECT_EQ(failed.failure.stage, link::Stage::User);
    EXPECT_EQ(failure_text_, "user nobody-here: not known in the pot");
    take();
}

TEST_F(MonitorFailureTest, AGroupThePotDoesNotKnow) {
    auto order = plan({"true"});
    order.user = "web:nothing";
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::User);
    take();
}

TEST_F(MonitorFailureTest, AWorkingDirectoryThatIsMissing) {
    auto order = plan({"true"});
    order.workdir = "/nowhere";
    const link::Failed failed = run_to_failure(order);
    EXPECT_EQ(failed.failure.stage, link::Stage::Workdir);
    EXPECT_EQ(failed.failure.error_number, ENOENT);
    take();
}

TEST_F(MonitorFailureTest, ARootThatCannotBeMounted) {
    auto order = plan({"true"});
    order.root_data = "lowerdir=/nowhere";
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::Root);
    take();
}

TEST_F(MonitorFailureTest, ALogDirectoryThatIsMissing) {
    auto order = plan({"true"});
    order.log_directory = "/nowhere";
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::Log);
    take();
}

TEST_F(MonitorFailureTest, TheFailureIsOnRecordForALaterPotd) {
    (void)run_to_failure(plan({"nginx"}));
    const auto end = link::decode_record(read_file(path("exit")));
    ASSERT_TRUE(end.ok());
    EXPECT_TRUE(end->failed);
    EXPECT_EQ(end->failure_text, "command nginx: not found in the pot");
    link_ = LinkClient::connect(socket_path());
    const auto hello = link_.next(link::FrameType::Hello);
    ASSERT_TRUE(hello.has_value());
    EXPECT_EQ(hello->as<link::Hello>().state, link::MonitorState::Failed);
    EXPECT_EQ(hello->as<link::Hello>().failure.text, "command nginx: not found in the pot");
    take();
}

}  // namespace

}  // namespace potd::test
