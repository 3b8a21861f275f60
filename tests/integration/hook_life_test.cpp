#include "tests/integration/hook_fixture.hpp"
#include "tests/support/wait.hpp"

#include <csignal>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

class HookLifeTest : public HookFixture {
  protected:
    /// Shell words that leave a daemon behind: forked twice, in a session of its own, its pid in `file`.
    [[nodiscard]] std::string daemonise(const std::string& file) const {
        return "(setsid sh -c 'trap \"\" TERM HUP; sleep 1000 & echo $! >" + path(file) + "; wait' &);";
    }
    [[nodiscard]] std::string path(const std::string& file) const { return (*directory_ / file).string(); }
    std::string program(const std::string& file, std::string_view content, fs::perms mode) const {
        write_file(*directory_ / file, content);
        fs::permissions(path(file), mode);
        return path(file);
    }
    [[nodiscard]] std::string wait_for(const std::string& file) const {
        return "until [ -s " + path(file) + " ]; do sleep 0.01; done;";
    }
};

TEST_P(HookLifeTest, TellsHowItEnded) {
    const auto failed = run(script("echo sorry; exit 3"));
    EXPECT_EQ(failed.exit_code, 3);
    EXPECT_EQ(failed.problem, "exit code 3");
    EXPECT_EQ(failed.output, "sorry\n");
    EXPECT_GT(failed.ended_at.ms, 0);
    const auto killed = run(script("kill -9 $$"));
    EXPECT_EQ(killed.signal, SIGKILL);
    EXPECT_EQ(killed.problem, "killed by signal 9");
}

TEST_P(HookLifeTest, AProgramThatIsNotThereHasNoExitCode) {
    const auto result = run(request({path("missing")}));
    EXPECT_EQ(result.problem, path("missing") + ": No such file or directory");
    EXPECT_FALSE(result.exit_code || result.signal);
}

TEST_P(HookLifeTest, AFileThatIsNoProgramIsNamed) {
    const std::string file = program("plain", "#!/bin/sh\n", fs::perms::owner_read);
    EXPECT_EQ(run(request({file})).problem, file + ": Permission denied");
    const std::string odd = program("odd", "#!/nowhere/sh\n", fs::perms::owner_all);
    EXPECT_EQ(run(request({odd})).problem, odd + ": its interpreter does not exist");
}

TEST_P(HookLifeTest, AMissingProgramOfAUserIsNamedToo) {
    auto other = request({path("missing")});
    other.user = "3999999901:3999999902";
    EXPECT_EQ(run(other).problem, path("missing") + ": No such file or directory");
}

TEST_P(HookLifeTest, AnArgumentTooLongForTheKernelIsAProblem) {
    const std::string long_word(std::size_t{256} * 1024, 'x');
    for (const char* user : {"", "3999999901:3999999902"}) {
        auto wordy = request({"/bin/true", long_word});
        wordy.user = user;
        EXPECT_EQ(run(wordy).problem, "/bin/true: Argument list too long");
    }
}

TEST_P(HookLifeTest, AScriptWithoutFirstLineIsOneOfTheShell) {
    const std::string file = program("hook", "echo $0 $1\n", fs::perms::owner_all);
    EXPECT_EQ(run(request({file, "argument"})).output, file + " argument\n");
    auto other = request({file, "argument"});
    fs::permissions(file, fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    other.user = "3999999901:3999999902";
    EXPECT_EQ(run(other).output, file + " argument\n");
}

TEST_P(HookLifeTest, AFloodIsReadAndDropped) {
    const auto result = run(script("head -c 104857600 /dev/zero | tr '\\0' x; echo end >" + path("end")));
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_TRUE(result.truncated);
    EXPECT_EQ(result.output, std::string(platform::HookOutput::limit, 'x'));
    EXPECT_TRUE(fs::exists(path("end")));
}

TEST_P(HookLifeTest, ATimeoutKillsAlsoWhatLeftItsSession) {
    auto hanging = script(daemonise("daemon") + "echo $$ >" + path("main") + "; echo begun; sleep 1000");
    hanging.timeout = core::milliseconds{1'000};
    start(hanging);
    const int daemon = number_in(*directory_ / "daemon"), main = number_in(*directory_ / "main");
    const auto result = await(hanging.key);
    EXPECT_EQ(result.problem, "timed out after 1s");
    EXPECT_EQ(result.output, "begun\n");
    EXPECT_TRUE(is_gone(daemon));
    EXPECT_TRUE(is_gone(main));
}

TEST_P(HookLifeTest, ACancelKillsEverything) {
    const auto hanging = script("trap '' TERM; " + daemonise("daemon") + "sleep 1000");
    start(hanging);
    const int daemon = number_in(*directory_ / "daemon");
    runner_->cancel(hanging.key);
    EXPECT_EQ(await(hanging.key).problem, "cancelled");
    EXPECT_TRUE(is_gone(daemon));
}

TEST_P(HookLifeTest, ACancelReachesAHookWhoseUserIsStillLookedUp) {
    auto waiting = script("sleep 1000");
    waiting.user = "root";
    start(waiting);
    runner_->cancel(waiting.key);
    EXPECT_EQ(await(waiting.key).problem, "cancelled");
}

TEST_P(HookLifeTest, ACancelOfAnotherRunDoesNothing) {
    const auto one = script("echo whole");
    start(one);
    runner_->cancel({one.key.pot, 2});
    EXPECT_EQ(await(one.key).output, "whole\n");
}

TEST_P(HookLifeTest, WhatItLeavesBehindIsKilled) {
    const auto leaving = script(daemonise("daemon") + wait_for("daemon") + "echo done");
    const auto result = run(leaving);
    EXPECT_EQ(result.problem, "");
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.output, "done\n");
    EXPECT_TRUE(is_gone(number_in(*directory_ / "daemon")));
}

TEST_P(HookLifeTest, GroupsItMadeGoWithIt) {
    // Of each hierarchy that has the hook in a group of this instance, the group below is its own.
    const auto nesting =
        script("group=$(find /sys/fs/cgroup -type d -path '*potd-hooks." + instance_ +
               "/*' | head -n 1);"
               "mkdir $group/below; (echo 0 >$group/below/cgroup.procs; exec setsid sleep 1000) & "
               "until grep -q . $group/below/cgroup.procs; do sleep 0.01; done; echo $! >" +
               path("nested"));
    EXPECT_EQ(run(nesting).problem, "");
    EXPECT_TRUE(is_gone(number_in(*directory_ / "nested")));
}

TEST_P(HookLifeTest, TheNextHookOfARunMayBeAskedForFromTheEndOfOne) {
    const auto first = script("echo first"), second = script("echo second");
    auto next = second;
    next.key = first.key;
    std::vector<std::string> outputs;
    runner_->run(first, [&](const core::HookResult& one) {
        outputs.push_back(one.output);
        runner_->run(next, [&](const core::HookResult& two) { outputs.push_back(two.output); });
    });
    EXPECT_TRUE(loop_.run_until([&] { return outputs.size() == 2; }));
    EXPECT_EQ(outputs, (std::vector<std::string>{"first\n", "second\n"}));
}

TEST_P(HookLifeTest, ManyRunSideBySide) {
    constexpr int count = 200;
    std::vector<core::HookRequest> hooks;
    for (int number = 0; number < count; ++number) {
        hooks.push_back(script("echo " + std::to_string(number) + "; exit " + std::to_string(number % 3)));
        start(hooks.back());
    }
    for (int number = 0; number < count; ++number) {
        const auto result = await(hooks[static_cast<std::size_t>(number)].key);
        EXPECT_EQ(result.output, std::to_string(number) + "\n");
        EXPECT_EQ(result.exit_code, number % 3);
    }
}

TEST_P(HookLifeTest, AnEndOfTheRunnerEndsItsHooks) {
    const auto hanging = script(daemonise("daemon") + "sleep 1000");
    start(hanging);
    const int daemon = number_in(*directory_ / "daemon");
    make_runner();
    EXPECT_TRUE(is_gone(daemon));
    EXPECT_FALSE(ended(hanging.key));
}

TEST_P(HookLifeTest, ASweepEndsWhatACrashLeft) {
    const auto hanging = script(daemonise("daemon") + "sleep 1000");
    const pid_t crashing = ::fork();
    if (crashing == 0) {
        // The copy of the runner is one that dies without a word.
        PollLoop loop;
        platform::CgroupHookGroups groups(layout_, instance_, potmon_.get(), {loop, loop, loop, loop});
        platform::HostHookRunner runner({loop, loop, loop, loop}, groups);
        runner.run(hanging, [](const core::HookResult&) {});
        ::pause();
        ::_exit(0);
    }
    const int daemon = number_in(*directory_ / "daemon");
    ASSERT_EQ(::kill(crashing, SIGKILL), 0);
    ASSERT_EQ(::waitpid(crashing, nullptr, 0), crashing);
    EXPECT_EQ(::kill(daemon, 0), 0) << "the crash itself ended the hook";
    const auto swept = runner_->sweep();
    EXPECT_TRUE(swept.ok()) << swept.error().message;
    EXPECT_TRUE(is_gone(daemon));
    for (const std::string& top : hook_groups_of(instance_)) {
        for (const auto& entry : fs::directory_iterator(top)) EXPECT_FALSE(entry.is_directory()) << entry;
    }
    auto again = script("echo after");
    again.key = hanging.key;
    EXPECT_EQ(run(again).output, "after\n");
}

TEST_P(HookLifeTest, ASweepOfACleanMachineIsNothing) {
    EXPECT_TRUE(runner_->sweep().ok());
}

INSTANTIATE_TEST_SUITE_P(Hierarchies, HookLifeTest,
                         ::testing::Values(HookHierarchy::Unified, HookHierarchy::Freezer,
                                           HookHierarchy::PlainV1));

}  // namespace
}  // namespace potd::test
