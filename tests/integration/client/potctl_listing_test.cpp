#include "tests/integration/client/potctl_fixture.hpp"

#include <atomic>

namespace potd::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class PotctlListingTest : public PotctlTest {};

constexpr const char* stats =
    R"({"name":"up","run":1,"time":"2026-01-31T12:00:00.000Z","cpu":{"usage_ns":1500000000,"percent":2.34,"throttled_ns":0},)"
    R"("memory":{"current":1048576,"peak":2097152,"limit":268435456,"swap":0},"pids":{"current":2,"limit":200},)"
    R"("io":{"read_bytes":0,"write_bytes":4096},"network":{"rx_bytes":null,"tx_bytes":null}})";

TEST_F(PotctlListingTest, PsShowsWhatRuns) {
    potd_.answer("GET /v1/pots", 200, list({pot("up", "running"), pot("down", "stopped")}));
    const auto result = potctl({"ps"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.out, StartsWith("NAME  STATE    "));
    EXPECT_THAT(result.out, AllOf(HasSubstr("\nup    running  4711  inherit"), HasSubstr("sleep inf")));
    EXPECT_THAT(result.out, Not(HasSubstr("down")));
    EXPECT_THAT(potctl({"ps", "-a"}).out, HasSubstr("down"));
    EXPECT_EQ(potctl({"ps", "-q"}).out, "up\n");
    EXPECT_EQ(potctl({"ps", "-qa"}).out, "up\ndown\n");
}

TEST_F(PotctlListingTest, JsonIsTheApis) {
    potd_.answer("GET /v1/bases", 200,
                 R"({"items":[{"name":"host","size":18446744073709551615,"x":[1.5,null]}],"next":null})");
    EXPECT_EQ(potctl({"list", "-b", "--format=json"}).out,
              "{\n  \"items\": [\n    {\n      \"name\": \"host\",\n      \"size\": 18446744073709551615,\n"
              "      \"x\": [\n        1.5,\n        null\n      ]\n    }\n  ],\n  \"next\": null\n}\n");
    EXPECT_EQ(potctl({"ls", "-b", "--format", "yaml"}).out,
              "items:\n- name: host\n  size: 18446744073709551615\n  x:\n  - 1.5\n  - null\nnext: null\n");
}

TEST_F(PotctlListingTest, FollowsThePages) {
    potd_.answer("GET /v1/pots", 200, R"({"items":[)" + pot("a", "stopped") + R"(],"next":"a b"})");
    potd_.answer("GET /v1/pots?after=a%20b", 200, list({pot("c", "stopped")}));
    EXPECT_EQ(potctl({"list", "-q"}).out, "a\nc\n");
}

TEST_F(PotctlListingTest, TablesFitTheTerminal) {
    potd_.answer("GET /v1/pots", 200, list({pot(std::string(60, 'n'), "running")}));
    const auto result = run_on_terminal(call({"ps"}), 24, 50);
    EXPECT_EQ(result.status, 0);
    std::size_t longest = 0;
    for (std::size_t begin = 0; begin < result.out.size();) {
        const std::size_t end = result.out.find("\r\n", begin);
        std::string line = result.out.substr(begin, end - begin);
        for (const auto* code : {"\x1b[32m", "\x1b[0m", "…"}) {
            const std::size_t at = line.find(code);
            if (at != std::string::npos)
                line.replace(at, std::string(code).size(), code[0] == '\x1b' ? "" : ".");
        }
        longest = std::max(longest, line.size());
        begin = end + 2;
    }
    EXPECT_LE(longest, 50U) << result.out;
    EXPECT_THAT(result.out, AllOf(HasSubstr("…"), HasSubstr("\x1b[32mrunning\x1b[0m")));
}

TEST_F(PotctlListingTest, NoColoursAndNoCutsInAPipe) {
    potd_.answer("GET /v1/pots", 200, list({pot(std::string(60, 'n'), "running")}));
    EXPECT_THAT(potctl({"ps"}).out, AllOf(HasSubstr(std::string(60, 'n')), Not(HasSubstr("\x1b"))));
}

TEST_F(PotctlListingTest, ValuesCannotDriveTheTerminal) {
    potd_.answer("GET /v1/pots", 200,
                 R"({"items":[{"name":"a\u001b[2Jb","state":"stopped","spec":{}}],"next":null})");
    EXPECT_THAT(potctl({"list"}).out, HasSubstr("a\\x1b[2Jb"));
    EXPECT_THAT(potctl({"list", "-q"}).out, Not(HasSubstr("\x1b")));
    EXPECT_THAT(potctl({"list", "--format=json"}).out, HasSubstr("a\\u001b[2Jb"));
}

TEST_F(PotctlListingTest, OneKindIsListedAtATime) {
    EXPECT_EQ(potctl({"list", "-p", "-b"}).status, 2);
    EXPECT_EQ(potctl({"list", "-B", "-f"}).status, 2);
}

TEST_F(PotctlListingTest, InfoAnswersByItsStatus) {
    potd_.answer("GET /v1/pots/up", 200, pot("up", "running"));
    potd_.answer("GET /v1/pots/down", 200, pot("down", "stopped"));
    EXPECT_EQ(potctl({"info", "-rp", "up"}).status, 0);
    EXPECT_EQ(potctl({"info", "-r", "down"}).status, 1);
    EXPECT_EQ(potctl({"info", "-qp", "down"}).status, 0);
    EXPECT_EQ(potctl({"info", "-qp", "none"}).status, 3);
    EXPECT_EQ(potctl({"info", "-r", "down"}).out, "");
    EXPECT_EQ(potctl({"info", "-E", "up"}).out, "export _POT_NAME=up\nexport _POT_IP=''\n");
    EXPECT_THAT(potctl({"info", "up", "-v"}).out,
                AllOf(HasSubstr("state:"), HasSubstr("  start-at-boot:       YES"), HasSubstr("  A:")));
}

TEST_F(PotctlListingTest, InspectPrintsWhatPotdSaid) {
    potd_.answer("GET /v1/pots/a", 200, R"({"name":"a"})");
    potd_.answer("GET /v1/pots/b", 200, R"({"name":"b"})");
    EXPECT_EQ(potctl({"inspect", "a"}).out, "{\n  \"name\": \"a\"\n}\n");
    EXPECT_EQ(potctl({"inspect", "a", "b", "--format", "yaml"}).out, "- name: a\n- name: b\n");
}

TEST_F(PotctlListingTest, StatsAndShowReadTheFigures) {
    potd_.answer("GET /v1/pots", 200, list({pot("up", "running"), pot("down", "stopped")}));
    potd_.answer("GET /v1/pots/up/stats", 200, stats);
    EXPECT_THAT(potctl({"stats", "up"}).out, AllOf(HasSubstr("up"), HasSubstr("2.3"), HasSubstr("256M")));
    EXPECT_THAT(potctl({"show"}).out, AllOf(HasSubstr("running"), HasSubstr("1M"), Not(HasSubstr("down"))));
    EXPECT_EQ(potctl({"show", "-aq"}).out, "up\ndown\n");
    EXPECT_EQ(
        potctl({"get-rss", "-J", "-p", "up"}).out,
        R"({"ResourceUsage":{"MemoryStats":{"RSS":1048576,"Swap":0},"CpuStats":{"TotalTicks":1500000000,"Percent":2.34}}})"
        "\n");
}

TEST_F(PotctlListingTest, StatsOfAllAreSorted) {
    const auto item = [](const std::string& name, const std::string& percent, int memory) {
        return R"({"name":")" + name + R"(","run":1,"time":"2026-01-31T12:00:00.000Z","cpu":{"percent":)" +
               percent + R"(},"memory":{"current":)" + std::to_string(memory) + "}}";
    };
    potd_.answer("GET /v1/stats", 200,
                 list({item("a", "1.5", 10), item("b", "null", 30), item("c", "9", 20)}));
    const auto order = [&](const std::string& by) { return potctl({"stats", "-q", "--sort", by}).out; };
    EXPECT_EQ(potctl({"stats", "-q"}).out, "a\nb\nc\n");
    EXPECT_EQ(order("memory"), "b\nc\na\n");
    EXPECT_EQ(order("cpu"), "c\na\nb\n");
    EXPECT_EQ(order("name"), "a\nb\nc\n");
    EXPECT_EQ(potctl({"stats", "--sort", "size"}).status, 2);
    EXPECT_EQ(potctl({"stats", "--step", "1m"}).status, 2) << "only with --history";
    EXPECT_EQ(potctl({"stats", "--interval", "1"}).status, 2);
}

TEST_F(PotctlListingTest, OnATerminalStatsAreRenewedAndFit) {
    std::atomic<int> asked = 0;
    potd_.handle("GET /v1/stats", [&](FakePeer& peer, const FakeRequest&) {
        const int number = ++asked;
        const std::string item =
            R"({"name":"NAME","run":1,"cpu":{"percent":)" + std::to_string(number) + "}}";
        std::vector<std::string> items;
        for (const char* name : {"aa", "bb", "cc"})
            items.push_back(std::string(item).replace(item.find("NAME"), 4, name));
        if (number < 3)
            peer.answer(200, list(items));
        else
            peer.answer(503, problem(503, "unavailable", "potd is stopping"));
    });
    const auto result = run_on_terminal(call({"stats", "--interval", "100ms"}), 5, 80);
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_THAT(result.out, AllOf(HasSubstr("\x1b[H"), HasSubstr("bb"), HasSubstr("1.0"), HasSubstr("2.0"),
                                  HasSubstr("and 1 more"), Not(HasSubstr("cc"))));
}

TEST_F(PotctlListingTest, WhatAPotHasUsedIsShownASecond) {
    const auto item = [](const std::string& time, int run, int read) {
        return R"({"name":"a","run":)" + std::to_string(run) + R"(,"time":"2026-01-31T12:00:)" + time +
               R"(.000Z","cpu":{"percent":2.5},"memory":{"current":2048},"io":{"read_bytes":)" +
               std::to_string(read) + R"(,"write_bytes":null}})";
    };
    potd_.answer("GET /v1/pots/a/stats/history?limit=1000&step=5s", 200,
                 list({item("00", 1, 0), item("05", 1, 51200), item("10", 2, 90000)}));
    const auto result = potctl({"stats", "--history", "a", "--step", "5s"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("10K/s"), HasSubstr("2K"), Not(HasSubstr("7.6K/s"))))
        << "of two runs there is no difference";
    EXPECT_EQ(potctl({"stats", "--history"}).status, 2) << "of which pot?";
}

TEST_F(PotctlListingTest, RunsAndTheLastOne) {
    potd_.answer("GET /v1/pots/a/runs", 200, list({run(0), run(7)}));
    EXPECT_THAT(potctl({"runs", "a"}).out, AllOf(HasSubstr("RESULT"), HasSubstr("4m59s"), HasSubstr("1M")));
    potd_.answer("GET /v1/pots/a/runs?order=desc&limit=2", 200, list({run(0, true), run(7)}));
    EXPECT_EQ(potctl({"last-run-stats", "-p", "a"}).out, "{ \"ExitCode\": 7 }\n");
    potd_.answer("GET /v1/pots/a/runs?order=desc&limit=2", 200, list({}));
    EXPECT_EQ(potctl({"last-run-stats", "-p", "a"}).out, "{}\n");
}

TEST_F(PotctlListingTest, TopListsProcesses) {
    potd_.answer(
        "GET /v1/pots/a/processes", 200,
        list(
            {R"({"pid":4711,"parent":1,"user":"0","state":"S","resident":4096,"cpu_ms":1500,"command":"sleep inf"})"}));
    EXPECT_THAT(potctl({"top", "a"}).out,
                AllOf(HasSubstr("4711"), HasSubstr("1.5s"), HasSubstr("sleep inf")));
}

TEST_F(PotctlListingTest, InitTellsWhatIsReady) {
    potd_.answer(
        "GET /v1/info", 200,
        R"({"name":"potd","version":"0.1.0","api":"v1","instance":"potd","pots":0,"platform":{"hostname":"box"},)"
        R"("capabilities":{"cgroup_mode":"v1","drivers":["overlay","dir"]},"degraded":["no swap limit"]})");
    potd_.answer("GET /v1/ready", 200, R"({"status":"ready"})");
    potd_.answer("GET /v1/bases", 200, list({}));
    EXPECT_THAT(potctl({"init"}).out,
                AllOf(HasSubstr("overlay dir"), HasSubstr("no swap limit"), HasSubstr("create-base")));
    EXPECT_THAT(potctl({"version"}).out, HasSubstr("potd:   0.1.0"));
    EXPECT_EQ(potctl({"config", "-g", "drivers", "-q"}).out, "overlay dir\n");
    EXPECT_EQ(potctl({"config", "-g", "fs_root"}).status, 1);
    potd_.answer("GET /v1/ready", 503, problem(503, "unavailable", "not yet"));
    EXPECT_EQ(potctl({"init"}).status, 1);
}

TEST_F(PotctlListingTest, CompletionAsksForNames) {
    potd_.answer("GET /v1/pots", 200, list({pot("a", "running"), pot("b", "stopped")}));
    EXPECT_EQ(potctl({"__names", "pots"}).out, "a\nb\n");
    auto nobody = call({"__names", "pots"});
    nobody.environment[0] = "POTD_URL=/nonexistent/potd.sock";
    const auto silent = run_program(nobody);
    EXPECT_EQ(silent.status, 0);
    EXPECT_THAT(silent.err, IsEmpty());
}

TEST_F(PotctlListingTest, BashCompletionCompletes) {
    potd_.answer("GET /v1/pots", 200, list({pot("alpha", "running"), pot("beta", "stopped")}));
    const std::string folder = std::string(POTCTL_PROGRAM).substr(0, std::string(POTCTL_PROGRAM).rfind('/'));
    auto shell =
        call({"--norc", "-c",
              "PATH=" + folder +
                  ":$PATH; . <(potctl completion bash)\n"
                  "try() { COMP_WORDS=(potctl \"$@\"); COMP_CWORD=$#; COMP_LINE=${COMP_WORDS[*]}; _potctl; "
                  "echo \"${COMPREPLY[*]}\"; }\n"
                  "try sta; try start al; try exec -p ''; try list --form; try run --seccomp u; try ls "
                  "--format y"});
    shell.words[0] = "/bin/bash";
    const auto result = run_program(shell);
    if (result.status == 127) GTEST_SKIP() << "there is no bash";
    EXPECT_EQ(result.out, "start stats\nalpha\nalpha beta\n--format\nunconfined\nyaml\n") << result.err;
}

}  // namespace
}  // namespace potd::test
