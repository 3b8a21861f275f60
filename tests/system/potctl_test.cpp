// potctl from a shell: exit codes, one-line errors, pot's spelling of things, whole transcripts.
#include "tests/support/binaries.hpp"
#include "tests/system/fixture.hpp"

#include <algorithm>

namespace potd::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PotctlTest : public SystemTest {
  protected:
    Outcome ctl(const Argv& words) { return potd().potctl(words); }
    static void expect_one_line(const Outcome& outcome) {
        EXPECT_THAT(outcome.err, StartsWith("potctl: "));
        EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
        EXPECT_EQ(outcome.out, "");
    }
};

TEST_F(PotctlTest, ExitCodesSayWhatWentWrong) {
    const std::string good = create(idle());
    const std::string bad = create({{"command", {"/no/such/program"}}});
    EXPECT_EQ(ctl({"start", good}).status, 0);
    EXPECT_EQ(ctl({"start", bad}).status, 1);
    EXPECT_EQ(ctl({"start"}).status, 2);
    EXPECT_EQ(ctl({"no-such-command"}).status, 2);
    EXPECT_EQ(ctl({"start", "--no-such-option"}).status, 2);
    EXPECT_EQ(ctl({"start", "no-such-pot"}).status, 3);
    EXPECT_EQ(ctl({"destroy", "-p", good}).status, 4);
}

TEST_F(PotctlTest, SaysWhenNoDaemonIsThere) {
    const Outcome outcome =
        run_program({"env", "POTD_URL=unix:///no/such/potd.sock", binary("potctl"), "list"});
    EXPECT_EQ(outcome.status, 5);
    EXPECT_THAT(outcome.err, HasSubstr("/no/such/potd.sock"));
    expect_one_line(outcome);
}

TEST_F(PotctlTest, ErrorsAreOneLineOnStandardError) {
    expect_one_line(ctl({"start", "no-such-pot"}));
    expect_one_line(ctl({"start", create({{"command", {"/no/such/program"}}})}));
}

TEST_F(PotctlTest, HelpIsNoError) {
    EXPECT_EQ(ctl({"help"}).status, 0);
    EXPECT_EQ(ctl({"start", "-h"}).status, 0);
    EXPECT_THAT(ctl({"help"}).out, HasSubstr("create-base"));
}

TEST_F(PotctlTest, JsonIsThatOfTheApi) {
    const std::string name = start(idle());
    const Json shown = Json::parse(ctl({"inspect", "-p", name}).out, nullptr, false);
    const Json& pot = shown.is_array() ? shown[0] : shown;
    EXPECT_EQ(pot, api.inspect(name));
}

TEST_F(PotctlTest, ListsNamesOnly) {
    const std::string name = start(idle());
    EXPECT_THAT(ctl({"list", "-q"}).out, HasSubstr(name + "\n"));
    EXPECT_THAT(ctl({"ps", "-q"}).out, HasSubstr(name + "\n"));
    const std::string other = create(idle());
    EXPECT_THAT(ctl({"ps", "-q"}).out, ::testing::Not(HasSubstr(other)));
}

TEST_F(PotctlTest, EveryListingIsJsonAndYamlToo) {
    const std::string name = start(idle());
    for (const char* command : {"list", "ps"}) {
        EXPECT_FALSE(Json::parse(ctl({command, "--format", "json"}).out, nullptr, false).is_discarded())
            << command;
        EXPECT_THAT(ctl({command, "--format", "yaml"}).out, HasSubstr(name)) << command;
    }
}

TEST_F(PotctlTest, InfoAnswersByItsStatus) {
    const std::string name = create(idle());
    EXPECT_EQ(ctl({"info", "-q", "-p", name}).status, 0);
    EXPECT_NE(ctl({"info", "-r", "-p", name}).status, 0);
    api.start(name);
    EXPECT_EQ(ctl({"info", "-r", "-p", name}).status, 0);
}

TEST_F(PotctlTest, SettingsAreShownAgain) {
    const std::string name = create(Json::object());
    EXPECT_EQ(ctl({"set-cmd", "-p", name, "-c", "/bin/echo hello"}).status, 0);
    EXPECT_EQ(ctl({"set-env", "-p", name, "-E", "A=1", "-E", "B=two words"}).status, 0);
    EXPECT_EQ(ctl({"set-attribute", "-p", name, "-A", "persistent", "-V", "NO"}).status, 0);
    const Json spec = api.inspect(name)["spec"];
    EXPECT_EQ(spec["env"], (Json{{"A", "1"}, {"B", "two words"}})) << spec;
    EXPECT_EQ(spec["persistent"], false) << spec;
    EXPECT_EQ(ctl({"start", name}).status, 0);
    EXPECT_EQ(ctl({"wait", name}).status, 0);
    EXPECT_EQ(ctl({"logs", name}).out, "hello\n");
    EXPECT_THAT(ctl({"get-attribute", "-q", "-p", name, "-A", "persistent"}).out,
                ::testing::AnyOf("NO\n", "false\n"));
}

TEST_F(PotctlTest, RunsShowTheHistory) {
    const std::string name = start({{"command", sh("exit 3")}});
    api.wait(name);
    const Json runs = Json::parse(ctl({"runs", "--format", "json", name}).out, nullptr, false);
    EXPECT_THAT(runs.dump(), HasSubstr("\"exit_code\":3"));
}

TEST_F(PotctlTest, SignalStopsAndLogsByPotsSpelling) {
    const std::string name =
        start({{"command", sh("trap 'echo got; exit 0' USR1; echo up; while :; do sleep 0.02; done")}});
    ASSERT_TRUE(wait_until([&] { return api.logs(name) == "up\n"; }));
    EXPECT_EQ(ctl({"signal", "-p", name, "-s", "SIGUSR1"}).status, 0);
    api.wait(name);
    EXPECT_EQ(ctl({"logs", "-p", name}).out, "up\ngot\n");
}

TEST_F(PotctlTest, VersionAndSystemInfoAnswer) {
    EXPECT_EQ(ctl({"version"}).status, 0);
    EXPECT_THAT(ctl({"system", "info"}).out, HasSubstr(potd().instance()));
}

TEST_F(PotctlTest, AClosedPipeIsNoDisaster) {
    const std::string name = start({{"command", sh("seq 100000")}});
    api.wait(name);
    const Outcome outcome = shell("potctl logs " + name + " | head -n 1");
    EXPECT_EQ(outcome.out, "1\n");
    EXPECT_EQ(outcome.err, "");
}

class TranscriptTest : public PotctlTest {};

TEST_F(TranscriptTest, WithTheHostsOwnUserland) {
    const std::string pot = fresh_name();
    const std::string file = "/etc/services";
    const Outcome outcome = shell("potctl create -p " + pot + " -b host -t single && potctl start " + pot +
                                  " && potctl exec -p " + pot + " -- cat " + file + " && potctl stop " + pot +
                                  " && potctl destroy -p " + pot);
    EXPECT_EQ(outcome.status, 0) << outcome.describe();
    EXPECT_THAT(outcome.out, HasSubstr(read_file(file)));
}

TEST_F(TranscriptTest, RunGivesBothStreamsAndTheStatus) {
    const Outcome outcome =
        shell("potctl run --rm -b host -- sh -c 'echo out; echo err >&2; exit 7'; echo $?");
    EXPECT_EQ(outcome.out, "out\n7\n");
    EXPECT_EQ(outcome.err, "err\n");
}

}  // namespace
}  // namespace potd::test
