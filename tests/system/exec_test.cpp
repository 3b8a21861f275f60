// Further commands in a running pot, by REST and by potctl.
#include "tests/support/binaries.hpp"
#include "tests/support/terminal.hpp"
#include "tests/system/fixture.hpp"

#include <csignal>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class ExecTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped()) return;
        Json spec = idle();
        spec["env"] = {{"OWN", "of the pot"}};
        pot = start(spec);
    }

    [[nodiscard]] Argv exec_words(const Argv& options, const Argv& command) const {
        Argv words{"exec", "-p", pot};
        words.insert(words.end(), options.begin(), options.end());
        words.emplace_back("--");
        words.insert(words.end(), command.begin(), command.end());
        return words;
    }
    [[nodiscard]] Outcome exec(const Argv& options, const Argv& command, ProgramOptions program = {}) const {
        return potd().potctl(exec_words(options, command), std::move(program));
    }
    [[nodiscard]] Argv terminal_words(const Argv& options, const Argv& command) const {
        Argv words = exec_words(options, command);
        words.insert(words.begin(), {"env", "POTD_URL=unix://" + potd().socket(), binary("potctl")});
        return words;
    }

    std::string pot;
};

class ExecTerminalTest : public ExecTest {};

TEST_F(ExecTest, GivesStatusAndBothStreams) {
    const Json result = api.exec(pot, {"sh", "-c", "echo out; echo err >&2; exit 9"});
    EXPECT_EQ(result["exit_code"], 9);
    EXPECT_EQ(result["stdout"], "out\n");
    EXPECT_EQ(result["stderr"], "err\n");
    EXPECT_EQ(result["truncated"], false);
}

TEST_F(ExecTest, TellsTheSignal) {
    const Json result = api.exec(pot, {"sh", "-c", "kill -TERM $$"});
    EXPECT_EQ(result["signal"], SIGTERM) << result;
    EXPECT_EQ(result["exit_code"], 128 + SIGTERM) << result;
}

TEST_F(ExecTest, HasThePotsEnvironmentAndItsOwn) {
    const Json result = api.exec(pot, {"sh", "-c", "echo $OWN, $MORE"}, {{"env", {{"MORE", "and more"}}}});
    EXPECT_EQ(result["stdout"], "of the pot, and more\n");
}

TEST_F(ExecTest, RunsAsAnotherUserElsewhere) {
    const Json result = api.exec(pot, {"sh", "-c", "id -un; pwd"}, {{"user", "daemon"}, {"workdir", "/usr"}});
    EXPECT_EQ(result["stdout"], "daemon\n/usr\n");
}

TEST_F(ExecTest, ReadsItsInputToTheEnd) {
    EXPECT_EQ(api.exec(pot, {"cat"}, {{"stdin", "some words"}})["stdout"], "some words");
}

TEST_F(ExecTest, AMissingCommandOrUserIsNamed) {
    const auto field = [&](const Json& body) {
        const Response response = api.act(pot, "exec", body);
        EXPECT_EQ(response.status, 422) << response.describe();
        return response.json()["field"].get<std::string>();
    };
    EXPECT_EQ(field({{"command", {"/no/such/program"}}}), "command");
    EXPECT_EQ(field({{"command", {"true"}}, {"user", "nobody-here"}}), "user");
}

TEST_F(ExecTest, NeedsARunningPot) {
    api.stop(pot);
    EXPECT_EQ(api.act(pot, "exec", {{"command", {"true"}}}).status, 409);
}

TEST_F(ExecTest, ATimeoutEndsIt) {
    const Response response = api.act(pot, "exec", {{"command", {"sleep", "54321"}}, {"timeout", "100ms"}});
    EXPECT_NE(response.status, 200) << response.describe();
    const auto there = [&] {
        return api.request("GET", "/v1/pots/" + pot + "/processes").body.find("sleep 54321") !=
               std::string::npos;
    };
    EXPECT_TRUE(wait_until([&] { return !there(); }));
}

TEST_F(ExecTest, IsUnderTheRestrictionsOfThePot) {
    const bool jail = resource_mode() == "jail";
    const std::string show =
        jail ? "proccontrol -m nonewprivs -q -p $$; sysctl security.jail.jailed"
             : "grep -E '^(NoNewPrivs|CapEff|CapBnd|Seccomp):' /proc/self/status; cat /proc/self/cgroup";
    const std::string of_exec = api.exec(pot, {"sh", "-c", show})["stdout"];
    if (jail) {
        EXPECT_THAT(of_exec, HasSubstr("enabled"));
        EXPECT_THAT(of_exec, HasSubstr("security.jail.jailed: 1"));
        return;
    }
    EXPECT_EQ(of_exec, output_of(show));
    EXPECT_THAT(of_exec, HasSubstr("NoNewPrivs:\t1"));
    EXPECT_THAT(of_exec, HasSubstr("Seccomp:\t2"));
}

TEST_F(ExecTest, DoesNotOutliveThePot) {
    const auto before = exec({"-d"}, {"sleep", "65432"});
    ASSERT_EQ(before.status, 0) << before.describe();
    api.stop(pot);
    for (const Process& left : processes())
        EXPECT_THAT(left.command, ::testing::Not(::testing::StartsWith("sleep 65432")));
}

TEST_F(ExecTest, PotctlPassesStatusStreamsAndInput) {
    ProgramOptions program;
    program.input = "from outside\n";
    const Outcome outcome = exec({}, {"sh", "-c", "cat; echo err >&2; exit 11"}, program);
    EXPECT_EQ(outcome.status, 11) << outcome.describe();
    EXPECT_EQ(outcome.out, "from outside\n");
    EXPECT_EQ(outcome.err, "err\n");
}

TEST_F(ExecTest, PotctlEndsWith128AndTheSignal) {
    EXPECT_EQ(exec({}, {"sh", "-c", "kill -KILL $$"}).status, 128 + SIGKILL);
}

TEST_F(ExecTest, AHalfClosedInputStillGivesTheWholeOutput) {
    ProgramOptions program;
    program.input = std::string(300'000, 'x');
    const Outcome outcome = exec({}, {"sh", "-c", "cat | wc -c | tr -d ' '; echo after"}, program);
    EXPECT_EQ(outcome.out, "300000\nafter\n") << outcome.describe();
}

TEST_F(ExecTest, CarriesManyMegabytesUnharmed) {
    ProgramOptions program;
    program.timeout = milliseconds(300'000);  // an emulated machine takes its time
    const Outcome outcome =
        exec({}, {"sh", "-c", "head -c 20000000 /dev/zero | tr '\\0' x; echo end"}, program);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    ASSERT_EQ(outcome.out.size(), 20'000'004U);
    EXPECT_EQ(outcome.out.substr(20'000'000), "end\n");
}

TEST_F(ExecTest, PotctlTakesUserEnvironmentAndDirectory) {
    const Outcome outcome =
        exec({"-U", "daemon", "-e", "A=1 2", "-w", "/usr"}, {"sh", "-c", "id -un; echo $A; pwd"});
    EXPECT_EQ(outcome.out, "daemon\n1 2\n/usr\n") << outcome.describe();
}

TEST_F(ExecTerminalTest, HasATerminalOfTheRightSizeThatFollows) {
    Terminal terminal(terminal_words({"-t"}, {"sh"}), {}, 30, 100);
    terminal.type("stty size; tty | cut -c1-8; echo rea''dy\n");
    ASSERT_TRUE(terminal.expect("30 100")) << terminal.screen();
    ASSERT_TRUE(terminal.expect("/dev/pts")) << terminal.screen();
    ASSERT_TRUE(terminal.expect("ready")) << terminal.screen();
    terminal.resize(40, 120);
    terminal.type("while [ \"$(stty size)\" != '40 120' ]; do :; done; echo gro''wn; exit 6\n");
    ASSERT_TRUE(terminal.expect("grown")) << terminal.screen();
    EXPECT_EQ(terminal.wait(), 6) << terminal.screen();
}

TEST_F(ExecTerminalTest, ControlCReachesTheCommandNotPotctl) {
    Terminal terminal(
        terminal_words(
            {"-t"},
            {"sh", "-c", "trap 'echo cau''ght; exit 5' INT; echo re''ady; while :; do sleep 0.1; done"}),
        {});
    ASSERT_TRUE(terminal.expect("ready")) << terminal.screen();
    terminal.type("\x03");
    ASSERT_TRUE(terminal.expect("caught")) << terminal.screen();
    EXPECT_EQ(terminal.wait(), 5) << terminal.screen();
}

TEST_F(ExecTerminalTest, HangingUpEndsTheCommand) {
    {
        Terminal terminal(terminal_words({"-t"}, {"sh", "-c", "echo re''ady; exec sleep 76543"}), {});
        ASSERT_TRUE(terminal.expect("ready")) << terminal.screen();
    }
    const auto there = [&] {
        return api.request("GET", "/v1/pots/" + pot + "/processes").body.find("sleep 76543") !=
               std::string::npos;
    };
    EXPECT_TRUE(wait_until([&] { return !there(); }));
}

}  // namespace
}  // namespace potd::test
