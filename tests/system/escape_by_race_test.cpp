// A hostile pot that is quick: what it changes while potd looks, and what of potd's it can catch on its way
// in.
#include "tests/system/escape_fixture.hpp"

#include <filesystem>

#include <sys/stat.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class EscapeByRaceTest : public VictimTest {
  protected:
    static constexpr int many = 3000;  ///< more than are ever needed

    /// Runs an attempt that does not end by itself, or not soon, and comes back when it is under way.
    std::string begin(const Argv& words, Json spec = Json::object()) {
        spec["base"] = "hostile";
        spec["command"] = words;
        spec["command"].insert(spec["command"].begin(), "/hostile");
        std::string name = start(spec);
        EXPECT_TRUE(wait_until([&] { return api.logs(name).starts_with("# "); })) << api.inspect(name);
        return name;
    }
    /// In a directory that pots share: a directory "sub" and links out of it, which change places with it.
    [[nodiscard]] Json shared() const {
        return {{"dir", (*outside_ / "shared").string()}, {"target", "/vol"}};
    }
    std::string begin_swaps(const std::string& link) {
        fs::create_directories(*outside_ / "shared/sub");
        write_file(*outside_ / "shared/sub/file", "inside\n");
        fs::create_symlink(link, *outside_ / "shared/link");
        return begin({"swap", "/vol/sub", "/vol/link"}, {{"mounts", {shared()}}});
    }
    [[nodiscard]] Json source_at(const std::string& target) const {
        return {{"dir", (*outside_ / "source").string()}, {"target", target}};
    }
    /// Executes something again and again while a pot's attempt is under way; its outcome.
    std::string outcome_under_execs(const std::string& name, const Json& exec) {
        for (int i = 0; i < many && api.inspect(name)["state"] == "running"; ++i) api.act(name, "exec", exec);
        const auto all = outcomes(api.logs(name, "stream=stdout"));
        return all.empty() ? "nothing" : all.back();
    }
    /// Takes long to be found, so that there is something to be caught.
    static Json slow_command() {
        std::string path;
        for (int i = 0; i < 2000; ++i) path += "/none/of/them:";
        return {{"command", {"sh", "-c", "exit 0"}}, {"env", {{"PATH", path + "/bin:/usr/bin"}}}};
    }
};

TEST_F(EscapeByRaceTest, AMountTargetThatIsSwappedMeanwhileStaysInside) {
    // CVE-2021-30465
    for (const std::string& link : {victim(), "../../../../../../../../../.." + victim()}) {
        const std::string swapper = begin_swaps(link);
        const std::string name =
            create({{"base", "hostile"},
                    {"mounts", {shared(), source_at("/vol/sub/deep/one"), source_at("/vol/sub/two")}},
                    {"command", sh("cat " + victim() + "/file; true")}});
        for (int i = 0; i < 20; ++i) {
            if (api.act(name, "start").status == 200) api.wait(name);
        }
        EXPECT_THAT(api.logs(name), Not(HasSubstr("untouched")));
        const std::string running = start({{"base", "hostile"}, {"mounts", {shared()}}});
        for (int i = 0; i < 20; ++i) {
            const std::string mounts = "/v1/pots/" + running + "/mounts";
            if (api.request("POST", mounts, source_at("/vol/sub/live")).status / 100 == 2)
                api.request("DELETE", mounts + "?target=/vol/sub/live");
        }
        EXPECT_EQ(api.exec(running, {"sh", "-c", "cat " + victim() + "/file"})["stdout"], "");
        EXPECT_EQ(api.inspect(swapper)["state"], "running");
        expect_untouched();
        EXPECT_THAT(read_file("/proc/self/mountinfo"), Not(HasSubstr(outside_->path().string())));
        api.destroy(swapper, true);
        fs::remove_all(*outside_ / "shared");
    }
}

TEST_F(EscapeByRaceTest, ACopyOfASwappedDirectoryIsNoneOfTheHosts) {
    // CVE-2018-15664
    const std::string name = begin_swaps(victim());
    const std::string files = "/v1/pots/" + name + "/files?path=/vol/sub";
    for (int i = 0; i < 50; ++i) {
        EXPECT_THAT(api.request("GET", files + "/file").body, Not(HasSubstr("untouched")));
        EXPECT_THAT(api.request("GET", files + "/.").body, Not(HasSubstr("untouched")));
    }
    const std::string put =
        "potctl copy-in -p " + name + " -s " + (*outside_ / "source/mark").string() + " -d /vol/sub/";
    shell("i=0; while [ $((i += 1)) -lt 12 ]; do " + put + "$i; done 2>/dev/null");
    expect_untouched();
}

TEST_F(EscapeByRaceTest, NoHelperOfAnExecCanBeCaughtOnItsWayIn) {
    // CVE-2016-9962
    const std::string marker = victim() + "/file";
    // Whoever may trace every process is root of the host by that, so it is for admins to give; and a
    // control.
    const std::string tracer = begin({"haunt", "300", marker}, with_capability("SYS_PTRACE"));
    EXPECT_EQ(outcome_under_execs(tracer, slow_command()), "worked");
    const Json degraded = api.request("GET", "/v1/info").json()["degraded"];
    const bool namespaces = degraded.dump().find("security.user_namespace") == std::string::npos;
    for (const char* users : {"off", "on"}) {
        if (users == std::string_view("on") && !namespaces) continue;
        const std::string name = begin({"haunt", "300", marker}, {{"security", {{"user_namespace", users}}}});
        EXPECT_EQ(outcome_under_execs(name, slow_command()), "EPERM") << api.logs(name);
    }
}

TEST_F(EscapeByRaceTest, AProgramOfTheHostThatAPotEntersCannotBeWrittenTo) {
    // CVE-2019-5736
    const std::string name = begin({"overwrite-entered", "5"});
    const fs::path root = root_of(api.inspect(name)["run"]["pid"]);
    write_file(root / "trap", "#!/proc/self/exe\n");
    ASSERT_EQ(::chmod((root / "trap").c_str(), 0755), 0);
    EXPECT_EQ(outcome_under_execs(name, {{"command", {"/trap"}}, {"timeout", "100ms"}}), "EPERM")
        << api.logs(name);
    EXPECT_EQ(output_of("echo well"), "well\n");
}

TEST_F(EscapeByRaceTest, WhoStopsEverybodyInThePotStillGetsWhatIsSentToAll) {
    const std::string name = begin({"stop-everybody"});
    for (int i = 0; i < many && api.inspect(name)["state"] == "running"; ++i)
        api.act(name, "kill", {{"signal", "USR2"}, {"target", "all"}});
    EXPECT_EQ(outcomes(api.logs(name)).back(), "worked");
}

}  // namespace
}  // namespace potd::test
