#include "tests/integration/client/potctl_fixture.hpp"

#include <atomic>

namespace potd::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PotctlLifeTest : public PotctlTest {};

TEST_F(PotctlLifeTest, CreateSendsTheSpecAndPrintsTheName) {
    potd_.answer("POST /v1/pots", 201, pot("A", "created"));
    const auto result = potctl({"create", "-p", "A", "-b", "bookworm", "-t", "single", "-e", "X=1=2",
                                "--memory", "256M", "--", "sh", "-c", "exit 7"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "A\n");
    EXPECT_EQ(potd_.body_of("POST /v1/pots"),
              R"({"base":"bookworm","type":"single","limits":{"memory":"256M"},"env":{"X":"1=2"},"level":0,)"
              R"("command":["sh","-c","exit 7"],"name":"A"})");
}

TEST_F(PotctlLifeTest, CreateReadsASpecFileAndOptionsWin) {
    potd_.answer("POST /v1/pots", 201, pot("web", "created"));
    const TempDir folder;
    write_file(folder / "web.yaml",
               "name: web\nbase: host\ncommand: [/bin/sleep, \"1\"]\nlimits: {pids: 5}\n");
    const auto result = potctl({"create", "-f", (folder / "web.yaml").string(), "-b", "other"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(potd_.body_of("POST /v1/pots"),
              R"({"name":"web","base":"other","command":["/bin/sleep","1"],"limits":{"pids":5}})");
}

TEST_F(PotctlLifeTest, CreateBaseTakesEachSource) {
    potd_.answer("POST /v1/bases", 201, R"({"name":"x"})");
    EXPECT_EQ(potctl({"create-base", "-r", "bookworm", "-b", "deb"}).out, "x\n");
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"release":"bookworm","name":"deb"})");
    EXPECT_EQ(potctl({"create-base", "--host", "-q"}).out, "");
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"host":true})");
    EXPECT_EQ(potctl({"create-base", "--tarball", "/x.tar"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"tarball":"/x.tar"})");
    EXPECT_EQ(potctl({"create-base", "--host", "--base-pot"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"host":true,"base_pot":true})");
    EXPECT_EQ(potctl({"create-base", "-r", "bookworm", "--no-base-pot"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"release":"bookworm","base_pot":false})");
    EXPECT_EQ(potctl({"create-base", "--host", "--base-pot", "--no-base-pot"}).status, 2);
    EXPECT_EQ(potctl({"create-base", "-p", "web", "-b", "x", "-s", "newest"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/bases"), R"({"pot":"web","snapshot":"newest","name":"x"})");
    EXPECT_EQ(potctl({"create-base", "--host", "-s", "newest"}).status, 2);
    EXPECT_EQ(potctl({"create-base"}).status, 2);
    EXPECT_EQ(potctl({"create-base", "--host", "-r", "x"}).status, 2);
}

TEST_F(PotctlLifeTest, OnATerminalCreateBaseSaysHowFarItIs) {
    potd_.answer("POST /v1/bases", 202, R"({"id":"OP","kind":"install-base","state":"running"})");
    std::atomic<int> asked = 0;
    potd_.handle("GET /v1/operations/OP?wait=1s", [&](FakePeer& peer, const FakeRequest&) {
        const std::string state = ++asked == 1 ? "running" : "done";
        peer.answer(200, R"({"id":"OP","kind":"install-base","base":"x","error":null,"state":")" + state +
                             R"(","progress":{"message":"unpacks","current":1,"total":2}})");
    });
    potd_.answer("GET /v1/bases/x", 200, R"({"name":"x"})");
    const auto result = run_on_terminal(call({"create-base", "--tarball", "/x.tar"}), 24, 80);
    EXPECT_EQ(result.status, 0) << result.out;
    EXPECT_THAT(result.out, AllOf(HasSubstr("unpacks  [##########          ] 50%"), HasSubstr("x\r\n")));
}

TEST_F(PotctlLifeTest, ATranscriptOfPotWorks) {
    for (const auto* line : {"POST /v1/pots/A/start", "POST /v1/pots/A/stop"})
        potd_.answer(line, 200, pot("A", "x"));
    potd_.answer("DELETE /v1/pots/A", 204, "");
    EXPECT_EQ(potctl({"start", "-p", "A"}).status, 0);
    EXPECT_EQ(potctl({"stop", "-p", "A"}).status, 0);
    EXPECT_EQ(potctl({"destroy", "-p", "A"}).status, 0);
    EXPECT_THAT(potd_.lines(),
                ElementsAre("POST /v1/pots/A/start", "POST /v1/pots/A/stop", "DELETE /v1/pots/A"));
}

TEST_F(PotctlLifeTest, StartOfARunningPotIsFine) {
    potd_.answer("POST /v1/pots/A/start", 409, problem(409, "conflict", "it runs"));
    potd_.answer("GET /v1/pots/A", 200, pot("A", "running"));
    const auto result = potctl({"start", "A"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.err, HasSubstr("already running"));
    potd_.answer("GET /v1/pots/A", 200, pot("A", "stopping"));
    EXPECT_EQ(potctl({"start", "A"}).status, 4);
}

TEST_F(PotctlLifeTest, StopAndKillCarryTheirOptions) {
    potd_.answer("POST /v1/pots/A/stop", 200, pot("A", "stopped"));
    potd_.answer("POST /v1/pots/A/kill", 200, pot("A", "running"));
    EXPECT_EQ(potctl({"stop", "A", "-t", "5", "--signal", "INT"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/A/stop"), R"({"timeout":"5s","signal":"INT"})");
    EXPECT_EQ(potctl({"kill", "A"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/A/kill"), R"({"signal":"KILL","target":"main"})");
    EXPECT_EQ(potctl({"signal", "-p", "A", "-s", "HUP", "-a"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/A/kill"), R"({"signal":"HUP","target":"all"})");
}

TEST_F(PotctlLifeTest, SignalWithForceNeverFails) {
    potd_.answer("POST /v1/pots/A/kill", 409, problem(409, "conflict", "it does not run"));
    EXPECT_EQ(potctl({"signal", "A", "-s", "HUP"}).status, 4);
    const auto forced = potctl({"signal", "A", "-f", "-s", "HUP"});
    EXPECT_EQ(forced.status, 0);
    EXPECT_THAT(forced.err, HasSubstr("it does not run"));
}

TEST_F(PotctlLifeTest, DestroyForcesAndTakesBases) {
    potd_.answer("DELETE /v1/pots/A", 409, problem(409, "conflict", "it runs"));
    potd_.answer("DELETE /v1/pots/A?force=true", 204, "");
    const auto refused = potctl({"destroy", "A"});
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.err, HasSubstr("(-F stops it first)"));
    EXPECT_EQ(potctl({"destroy", "A", "-F"}).status, 0);
}

TEST_F(PotctlLifeTest, DestroyTakesABaseWithItsPots) {
    const auto of_base = [](const std::string& name, const std::string& level) {
        return R"({"name":")" + name + R"(","spec":{"base":"13.2","level":)" + level + "}}";
    };
    potd_.answer("GET /v1/bases/13.2", 200, R"({"name":"13.2","base_pot":"base-13_2","pots":["a","b","c"]})");
    potd_.answer("GET /v1/pots", 200,
                 list({of_base("a", "0"), of_base("b", "1"), of_base("base-13_2", "0"), of_base("c", "2"),
                       pot("other", "stopped")}));
    for (const auto* line : {"DELETE /v1/pots/a?force=true", "DELETE /v1/pots/b?force=true",
                             "DELETE /v1/pots/c?force=true", "DELETE /v1/bases/13.2?force=true"})
        potd_.answer(line, 204, "");
    EXPECT_EQ(potctl({"destroy", "-b", "13.2", "-r", "-F"}).status, 0);
    const std::vector<std::string> asked = potd_.lines();
    EXPECT_EQ(std::vector<std::string>(asked.end() - 4, asked.end()),
              (std::vector<std::string>{"DELETE /v1/pots/c?force=true", "DELETE /v1/pots/b?force=true",
                                        "DELETE /v1/pots/a?force=true", "DELETE /v1/bases/13.2?force=true"}));
    potd_.answer("DELETE /v1/bases/13.2", 409, problem(409, "conflict", "it is used"));
    const auto refused = potctl({"destroy", "-b", "13.2"});
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.err, HasSubstr("-r destroys its pots too"));
}

TEST_F(PotctlLifeTest, BasesAreUpdatedAndPutBack) {
    potd_.answer("POST /v1/bases/deb/update", 200, R"({"name":"deb","revision":2})");
    potd_.answer("POST /v1/bases/deb/rollback", 200, R"({"name":"deb","revision":1})");
    EXPECT_EQ(potctl({"update-base", "-b", "deb", "-f", "one", "-f", "two"}).out, "revision 2\n");
    EXPECT_EQ(potd_.body_of("POST /v1/bases/deb/update"), R"({"flavours":["one","two"]})");
    EXPECT_EQ(potctl({"update-base", "-b", "deb", "-q"}).out, "");
    EXPECT_EQ(potctl({"rollback-base", "-b", "deb", "-n", "1"}).out, "revision 1\n");
    EXPECT_EQ(potd_.body_of("POST /v1/bases/deb/rollback"), R"({"revision":1})");
    EXPECT_EQ(potctl({"rollback-base", "-b", "deb", "-n", "one"}).status, 2);
    EXPECT_EQ(potctl({"rollback-base", "-b", "deb"}).status, 2);
    EXPECT_EQ(potctl({"update-base"}).status, 2);
}

TEST_F(PotctlLifeTest, InfoAndListTellWhoUsesABase) {
    const std::string base =
        R"({"name":"13.2","source":"release","size":7,"base_pot":"base-13_2","pots":["web"]})";
    potd_.answer("GET /v1/bases/13.2", 200, base);
    potd_.answer("GET /v1/bases", 200, list({base}));
    EXPECT_THAT(potctl({"info", "-b", "13.2"}).out, AllOf(HasSubstr("base-13_2"), HasSubstr("web")));
    EXPECT_THAT(potctl({"list", "-b"}).out, HasSubstr("base-13_2 web"));
    EXPECT_EQ(potctl({"info", "-b", "13.2", "-q"}).out, "");
    EXPECT_EQ(potctl({"info", "-b", "13.2", "web"}).status, 2);
    EXPECT_EQ(potctl({"info", "-b", "13.2", "-f", "site"}).status, 2);
}

TEST_F(PotctlLifeTest, RenameTakesBothForms) {
    potd_.answer("POST /v1/pots/a/rename", 200, pot("b", "stopped"));
    EXPECT_EQ(potctl({"rename", "-p", "a", "-n", "b"}).status, 0);
    EXPECT_EQ(potctl({"rename", "a", "b"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/rename"), R"({"name":"b"})");
    EXPECT_EQ(potctl({"rename", "a"}).status, 2);
}

TEST_F(PotctlLifeTest, DeInitRefusesWhileThereArePots) {
    potd_.answer("GET /v1/pots", 200,
                 list({pot("a", "running"), pot("b", "stopped"), pot("base-x", "stopped")}));
    potd_.answer("GET /v1/bases", 200,
                 list({R"({"name":"host","base_pot":null})", R"({"name":"x","base_pot":"base-x"})"}));
    const auto refused = potctl({"de-init"});
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.err, HasSubstr("a, b (-f"));
    for (const auto* line : {"DELETE /v1/pots/a?force=true", "DELETE /v1/pots/b?force=true",
                             "DELETE /v1/bases/host?force=true", "DELETE /v1/bases/x?force=true"}) {
        potd_.answer(line, 204, "");
    }
    EXPECT_EQ(potctl({"de-init", "-f"}).status, 0);
    EXPECT_EQ(potd_.lines().back(), "DELETE /v1/bases/x?force=true");
    potd_.answer("GET /v1/pots", 200, list({pot("base-x", "stopped")}));
    potd_.answer("DELETE /v1/bases/host", 204, "");
    potd_.answer("DELETE /v1/bases/x", 204, "");
    EXPECT_EQ(potctl({"de-init"}).status, 0) << "base pots are not in the way";
}

TEST_F(PotctlLifeTest, WaitPrintsTheStatusOrExitsWithIt) {
    potd_.answer("GET /v1/pots/A/wait?for=stopped", 200, run(7));
    const auto printed = potctl({"wait", "A"});
    EXPECT_EQ(printed.status, 0);
    EXPECT_EQ(printed.out, "7\n");
    const auto silent = potctl({"wait", "A", "-e"});
    EXPECT_EQ(silent.status, 7);
    EXPECT_THAT(silent.out, IsEmpty());
}

TEST_F(PotctlLifeTest, OneConnectionServesSeveralRequests) {
    for (const auto* name : {"a", "b"})
        potd_.answer("POST /v1/pots/" + std::string(name) + "/pause", 200, pot(name, "paused"));
    EXPECT_EQ(potctl({"pause", "a", "b"}).status, 0);
    EXPECT_EQ(potd_.connections(), 1U);
}

TEST_F(PotctlLifeTest, TheTokenGoesAlong) {
    potd_.answer("POST /v1/pots/a/resume", 200, pot("a", "running"));
    auto with_token = call({"resume", "a"});
    with_token.environment.emplace_back("POTD_TOKEN=secret");
    EXPECT_EQ(run_program(with_token).status, 0);
    EXPECT_THAT(potd_.requests().front().head, HasSubstr("\r\nAuthorization: Bearer secret\r\n"));
}

}  // namespace
}  // namespace potd::test
