// Secret variables of a real pot, and what is recorded of who asked for what.
#include "tests/support/pot_api.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

using ::testing::HasSubstr;
using ::testing::Not;

class SecretsTest : public OwnPotdTest {
  protected:
    SecretsTest() : OwnPotdTest(debugging()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    static PotdOptions debugging() {
        PotdOptions options;
        options.extra_config = "audit: {reads: true}\n";
        return options;
    }
    Json create(const std::string& name, const Json& secrets) const {
        return api().create(
            {{"name", name}, {"base", "host"}, {"command", sh("exec sleep 1000")}, {"env_secret", secrets}});
    }
    [[nodiscard]] std::string told_inside(const std::string& name, const std::string& variable) const {
        const Response answer = api().request("POST", "/v1/pots/" + name + "/exec",
                                              {{"command", sh("printf %s \"$" + variable + "\"")}});
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.json().value("stdout", "");
    }
    /// Files of potd that hold this text.
    [[nodiscard]] std::string holders(const std::string& text) const {
        std::string found;
        for (const fs::path& place : {potd.state_dir(), potd.run_dir(), potd.directory() / "potd.log"}) {
            if (fs::is_regular_file(place) && read_file(place).find(text) != std::string::npos)
                found += place.string() + " ";
            if (!fs::is_directory(place)) continue;
            for (const auto& entry :
                 fs::recursive_directory_iterator(place, fs::directory_options::skip_permission_denied)) {
                if (entry.is_regular_file() && read_file(entry.path()).find(text) != std::string::npos)
                    found += entry.path().string() + " ";
            }
        }
        return found;
    }
    void no_answer_has(const std::string& text) const {
        for (const char* path :
             {"/v1/pots", "/v1/pots/web", "/v1/pots/web/runs", "/v1/pots/web/processes", "/v1/operations",
              "/v1/audit?limit=1000", "/v1/info", "/v1/stats", "/metrics", "/v1/pots/web/snapshots"}) {
            const Response answer = api().request("GET", path);
            EXPECT_EQ(answer.status, 200) << path;
            EXPECT_THAT(answer.body, Not(HasSubstr(text))) << path;
        }
        const Response events =
            api().request("GET", "/v1/events?limit=1000", nullptr, {{"Accept", "application/json"}});
        EXPECT_THAT(events.body, Not(HasSubstr(text)));
    }
    /// Processes whose command line has it.
    [[nodiscard]] static std::string tellers(const std::string& text) {
        std::string found;
        for (const auto& entry : fs::directory_iterator("/proc")) {
            if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
                continue;
            if (read_file(entry.path() / "cmdline").find(text) != std::string::npos)
                found += entry.path().string() + " ";
        }
        return found;
    }
    static bool environment_has(pid_t pid, const std::string& text) {
        return read_file("/proc/" + std::to_string(pid) + "/environ").find(text) != std::string::npos;
    }
    const std::string secret_ = "hUsh-4711-never-shown";
};

TEST_F(SecretsTest, AreInThePotAndNowhereElse) {
    const Response made =
        api().request("POST", "/v1/pots",
                      {{"name", "web"},
                       {"base", "host"},
                       {"command", sh("exec sleep 1000")},
                       {"hooks", {{"prestart", Json::array({{{"script", "#!/bin/sh\nenv\n"}}})}}},
                       {"env_secret", {{"TOKEN", secret_}, {"OTHER", "x"}}}},
                      {{"Idempotency-Key", "once"}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.json()["spec"]["env_secret"], (Json{"OTHER", "TOKEN"}));
    api().expect(201, "POST", "/v1/pots/web/snapshots", Json::object());
    const Json run = api().start("web")["run"];
    EXPECT_EQ(told_inside("web", "TOKEN"), secret_);
    EXPECT_TRUE(environment_has(run["pid"], secret_)) << "that is what it is for";
    EXPECT_FALSE(environment_has(potd.pid(), secret_));
    EXPECT_EQ(tellers(secret_), "") << "command lines";
    no_answer_has(secret_);
    EXPECT_EQ(holders(secret_), "") << "files that hold it";
    for (const Argv& words : {Argv{"spec", "web"}, Argv{"info", "-p", "web"}, Argv{"inspect", "web"},
                              Argv{"show", "-p", "web"}, Argv{"config"}, Argv{"events"}, Argv{"audit"}}) {
        const Outcome told = potd.potctl(words);
        EXPECT_THAT(told.out + told.err, Not(HasSubstr(secret_))) << words.front();
    }
    EXPECT_THAT(potd.potctl({"spec", "web"}).out, HasSubstr("TOKEN"));
    const fs::path key = potd.state_dir() / "secrets.key";
    EXPECT_EQ(fs::status(key).permissions(), fs::perms::owner_read | fs::perms::owner_write);

    potd.kill9();
    potd.start();
    EXPECT_EQ(told_inside("web", "TOKEN"), secret_) << "the run goes on";
    ASSERT_EQ(api().request("POST", "/v1/pots/web/restart").status, 200);
    EXPECT_EQ(told_inside("web", "TOKEN"), secret_) << "the next run has it, too";
    EXPECT_EQ(holders(secret_), "");
}

TEST_F(SecretsTest, WithoutTheirKeyPotsDoNotStartAndSayWhichFileItIs) {
    create("web", {{"TOKEN", secret_}});
    api().create({{"name", "plain"}, {"base", "host"}, {"command", sh("exec sleep 1000")}});
    potd.kill9();
    const fs::path key = potd.state_dir() / "secrets.key", kept = potd.directory() / "kept.key";
    fs::rename(key, kept);
    potd.start();
    EXPECT_THAT(potd.log(), HasSubstr("env_secret: key of the secrets " + key.string()));
    const auto refused = [&](const std::string& why) {
        for (const Response& answer :
             {api().request("POST", "/v1/pots/web/start"),
              api().request("PATCH", "/v1/pots/plain", {{"env_secret", {{"A", secret_}}}})}) {
            EXPECT_EQ(answer.status, 503) << answer.body;
            EXPECT_THAT(answer.body, HasSubstr(key.string()));
            EXPECT_THAT(answer.body, HasSubstr(why));
            EXPECT_THAT(answer.body, Not(HasSubstr(secret_)));
        }
    };
    refused("No such file");
    EXPECT_FALSE(fs::exists(key)) << "another one would be of no use";
    EXPECT_EQ(api().request("POST", "/v1/pots/plain/start").status, 200);
    write_file(key, std::string(32, 'k'));
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
    refused("it is another one");
    write_file(key, "short");
    refused("expected 32 bytes, not 5");
    fs::rename(kept, key);
    fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
    refused("expected a file with the mode 0600");
    fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(api().request("POST", "/v1/pots/web/start").status, 200) << "no restart of potd is needed";
    EXPECT_EQ(told_inside("web", "TOKEN"), secret_);
}

TEST_F(SecretsTest, ApplyAndSetEnvTakeThemOfFilesAndTellNone) {
    const TempDir dir;
    const auto apply = [&](const std::string& secrets, bool dry_run) {
        write_file(dir / "web.yaml", "name: web\nbase: host\nenv_secret: " + secrets + "\n");
        Argv words{"apply", "-f", (dir / "web.yaml").string()};
        if (dry_run) words.emplace_back("--dry-run");
        const Outcome told = potd.potctl(words);
        EXPECT_THAT(told.out + told.err, Not(HasSubstr(secret_)));
        return std::pair(told.status, told.out);
    };
    constexpr int differs = 6;
    const std::string first = "{TOKEN: " + secret_ + "1, B: b}", second = "{TOKEN: " + secret_ + "2, C: c}";
    EXPECT_EQ(apply(first, true), std::pair(differs, std::string("+ web\n")));
    EXPECT_EQ(apply(first, false).first, 0);
    EXPECT_EQ(apply(first, true), std::pair(0, std::string("= web\n"))) << "the same values are no change";
    const std::string changes =
        "~ web\n    env_secret.B: \"(secret)\" -> -\n    env_secret.C: - -> \"(secret)\"\n"
        "    env_secret.TOKEN: \"(secret)\" -> \"(another)\"\n";
    EXPECT_EQ(apply(second, true), std::pair(differs, changes));
    EXPECT_EQ(apply(second, false), std::pair(0, changes));
    EXPECT_EQ(apply("[C, TOKEN]", true), std::pair(0, std::string("= web\n")));
    EXPECT_EQ(api().inspect("web")["spec"]["env_secret"], (Json{"C", "TOKEN"}));

    write_file(dir / "value", "from a file\n");
    ProgramOptions input;
    input.input = "of standard input\n";
    const Outcome set = potd.potctl({"set-env", "web", "--secret", "C=@" + (dir / "value").string(),
                                     "--secret", "D=@-", "--remove-secret", "TOKEN"},
                                    input);
    EXPECT_EQ(set.status, 0) << set.describe();
    api().start("web");
    EXPECT_EQ(told_inside("web", "C"), "from a file");
    EXPECT_EQ(told_inside("web", "D"), "of standard input");
    EXPECT_EQ(told_inside("web", "TOKEN"), "");
}

}  // namespace
}  // namespace potd::test
