// Operations, their keys and their ends, from outside and across kill -9.
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <string>
#include <thread>

namespace potd::test {
namespace {

const Headers async{{"Prefer", "respond-async"}};

Headers key(const std::string& text) {
    return {{"Idempotency-Key", text}};
}

class OperationsTest : public SystemTest {
  protected:
    /// The operation once it has ended.
    Json ended(const std::string& place) {
        Json operation = api.expect(200, "GET", place + "?wait=30s");
        EXPECT_NE(operation["state"], "running") << operation;
        return operation;
    }
};

TEST_F(OperationsTest, AStartIsAcceptedAndEnds) {
    const std::string pot = create(idle());
    const Response accepted = api.request("POST", "/v1/pots/" + pot + "/start", nullptr, async);
    ASSERT_EQ(accepted.status, 202) << accepted.describe();
    EXPECT_EQ(accepted.header("preference-applied"), "respond-async");
    const Json operation = ended(accepted.header("location"));
    EXPECT_EQ(operation["state"], "done") << operation;
    EXPECT_EQ(operation["kind"], "start");
    EXPECT_EQ(operation["pot"], pot);
    EXPECT_EQ(api.inspect(pot)["state"], "running");
    EXPECT_EQ(api.expect(200, "GET", operation["result"])["name"], pot);
}

TEST_F(OperationsTest, AStartThatRunsItsHookIsCancelled) {
    Json spec = idle();
    spec["hooks"] = {{"prestart", {{{"command", sh("exec sleep 1000")}, {"timeout", "10m"}}}}};
    const std::string pot = create(spec);
    const Response accepted = api.request("POST", "/v1/pots/" + pot + "/start", nullptr, async);
    ASSERT_EQ(accepted.status, 202) << accepted.describe();
    ASSERT_TRUE(wait_until([&] {
        return api.expect(200, "GET", accepted.header("location"))["progress"]["message"] ==
               "prestart hook 1";
    }));
    api.request("POST", "/v1/pots/" + pot + "/stop", {{"timeout", "0s"}}, async);
    const Json operation = ended(accepted.header("location"));
    EXPECT_EQ(operation["state"], "cancelled") << operation;
    ASSERT_TRUE(wait_until([&] { return api.inspect(pot)["state"] == "stopped"; }));
}

TEST_F(OperationsTest, AnInstallationIsCancelledAndLeavesNothing) {
    const TempDir big;
    for (int i = 0; i < 20'000; ++i) write_file(big / ("file" + std::to_string(i)), "x");
    const Response accepted =
        api.request("POST", "/v1/bases", {{"directory", big.path().string()}, {"name", "big"}}, async);
    ASSERT_EQ(accepted.status, 202) << accepted.describe();
    const Response cancelled = api.request("DELETE", accepted.header("location"));
    const Json operation = ended(accepted.header("location"));
    // The copy may have been quicker.
    if (operation["state"] == "cancelled") {
        EXPECT_EQ(cancelled.status, 200) << cancelled.describe();
        EXPECT_EQ(api.request("GET", "/v1/bases/big").status, 404);
        EXPECT_FALSE(std::filesystem::exists(potd().state_dir() / "bases" / "big"));
    } else {
        EXPECT_EQ(operation["state"], "done") << operation;
        api.expect(204, "DELETE", "/v1/bases/big");
    }
}

TEST_F(OperationsTest, BadInputIsRefused) {
    const std::string pot = create(idle());
    const std::string start = "/v1/pots/" + pot + "/start";
    for (const std::string& bad : {std::string(256, 'k'), std::string("two words"), std::string("t\u00e4")}) {
        const Response refused = api.request("POST", start, nullptr, key(bad));
        EXPECT_EQ(refused.status, 400) << refused.describe();
        EXPECT_EQ(problem_field(refused), "Idempotency-Key");
    }
    EXPECT_EQ(api.request("POST", start, nullptr, key(pot)).status, 200);
    const Response other = api.request("POST", "/v1/pots/" + pot + "/stop", nullptr, key(pot));
    EXPECT_EQ(other.status, 422) << other.describe();
    EXPECT_EQ(problem_field(other), "Idempotency-Key");
    EXPECT_EQ(api.inspect(pot)["state"], "running");
    EXPECT_EQ(problem_field(api.request("GET", "/v1/operations?state=gone")), "state");
    EXPECT_EQ(api.request("GET", "/v1/operations/none").status, 404);
    EXPECT_EQ(api.request("DELETE", "/v1/operations/none").status, 404);
}

TEST_F(OperationsTest, PotctlListsWaitsAndCancels) {
    Json spec = idle();
    spec["stop"] = {{"timeout", "0s"}};
    spec["hooks"] = {{"prestart", {{{"command", sh("exec sleep 1000")}, {"timeout", "10m"}}}}};
    const std::string pot = create(spec);
    const Outcome begun = shell("potctl start --async " + pot);
    EXPECT_EQ(begun.status, 0) << begun.err;
    const std::string id = begun.out.substr(0, 26);
    EXPECT_THAT(shell("potctl operations -p " + pot).out, ::testing::HasSubstr(id));
    EXPECT_EQ(shell("potctl operations -q --state running -p " + pot).out, id + "\n");
    EXPECT_THAT(shell("potctl operations show " + id).out, ::testing::HasSubstr("start"));
    const Outcome cancelled = shell("potctl operations cancel " + id);
    EXPECT_EQ(cancelled.status, 0) << cancelled.err;
    const Outcome waited = shell("potctl operations wait -q " + id);
    EXPECT_EQ(waited.status, 1);
    EXPECT_THAT(waited.err, ::testing::HasSubstr("was stopped"));
    EXPECT_EQ(shell("potctl operations cancel " + id).status, 4);
    EXPECT_EQ(shell("potctl operations show 0").status, 3);
    EXPECT_EQ(shell("potctl operations sow " + id).status, 2);
}

class OperationsCrashTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    void create(const std::string& name, const std::string& prestart = {}) const {
        Json spec{{"name", name}, {"base", "host"}, {"command", sh("exec sleep 1000")}};
        if (!prestart.empty())
            spec["hooks"] = {{"prestart", {{{"command", sh(prestart)}, {"timeout", "10m"}}}}};
        api().create(spec);
    }
    /// As it is at its end.
    [[nodiscard]] Json operation(const std::string& place) const {
        Json found;
        EXPECT_TRUE(wait_until(
            [&] {
                found = potd.http("GET", place + "?wait=30s").json();
                return found["state"] != "running";
            },
            milliseconds(300'000)));
        return found;
    }
};

TEST_F(OperationsCrashTest, AnAnswerIsGivenAgainByALaterPotd) {
    create("web");
    const Response first = potd.http("POST", "/v1/pots/web/start", nullptr, key("k"));
    ASSERT_EQ(first.status, 200) << first.describe();
    const Response created = potd.http("POST", "/v1/pots", {{"name", "db"}, {"base", "host"}}, key("c"));
    // An end is stored without being waited for, but within a moment.
    ASSERT_TRUE(
        wait_until([&] { return potd.http("GET", "/v1/operations?state=running").json()["items"].empty(); }));
    potd.restart();
    const Response again = potd.http("POST", "/v1/pots/web/start", nullptr, key("k"));
    EXPECT_EQ(again.status, 200) << again.describe();
    EXPECT_EQ(again.header("idempotency-replayed"), "true");
    EXPECT_EQ(again.json()["id"], first.json()["id"]);
    EXPECT_EQ(api().runs("web").size(), 1U);
    const Response made = potd.http("POST", "/v1/pots", {{"name", "db"}, {"base", "host"}}, key("c"));
    EXPECT_EQ(made.status, 201) << made.describe();
    EXPECT_EQ(made.header("location"), created.header("location"));
}

TEST_F(OperationsCrashTest, AStartThatIsCutGoesOnAndItsKeyJoinsIt) {
    const TempDir signs;
    create("web", "until [ -e " + (signs / "go").string() + " ]; do sleep 0.01; done");
    const Response accepted = potd.http("POST", "/v1/pots/web/start", nullptr, async);
    ASSERT_EQ(accepted.status, 202) << accepted.describe();
    create("two", "until [ -e " + (signs / "go").string() + " ]; do sleep 0.01; done");
    std::thread cut([&] { EXPECT_EQ(potd.http("POST", "/v1/pots/two/start", nullptr, key("k")).status, 0); });
    EXPECT_TRUE(wait_until([&] { return api().inspect("two")["state"] == "starting"; }));
    potd.kill9();
    cut.join();
    potd.start();
    EXPECT_EQ(potd.http("GET", accepted.header("location")).json()["state"], "running");
    write_file(signs / "go", "");
    EXPECT_EQ(operation(accepted.header("location"))["state"], "done");
    EXPECT_EQ(potd.http("POST", "/v1/pots/two/start", nullptr, key("k")).status, 200);
    EXPECT_EQ(api().runs("two").size(), 1U);
}

TEST_F(OperationsCrashTest, AnInstallationThatIsCutHasFailedAndMayBeTriedAgain) {
    const TempDir big;
    for (int i = 0; i < 20'000; ++i) write_file(big / ("file" + std::to_string(i)), "x");
    const Json request{{"directory", big.path().string()}, {"name", "big"}};
    Headers wish = key("k");
    wish.insert(async.begin(), async.end());
    const Response accepted = potd.http("POST", "/v1/bases", request, wish);
    ASSERT_EQ(accepted.status, 202) << accepted.describe();
    potd.restart();
    const Json cut = operation(accepted.header("location"));
    if (cut["state"] != "done") {  // the copy may have been quicker
        EXPECT_EQ(cut["state"], "failed") << cut;
        EXPECT_THAT(cut["error"]["detail"].get<std::string>(),
                    ::testing::HasSubstr("interrupted by a restart"));
        const Response again = potd.http("POST", "/v1/bases", request, wish);
        ASSERT_EQ(again.status, 202) << again.describe();
        EXPECT_EQ(operation(again.header("location"))["state"], "done");
    }
    EXPECT_EQ(potd.http("GET", "/v1/bases/big").status, 200);
}

TEST_F(OperationsCrashTest, AShutdownIsNotDoneTwice) {
    const Response first = potd.http("POST", "/v1/system/shutdown", nullptr, key("k"));
    EXPECT_EQ(first.status, 200) << first.describe();
    EXPECT_EQ(potd.wait_exit(milliseconds(30'000)), 0);
    potd.start();
    const Response again = potd.http("POST", "/v1/system/shutdown", nullptr, key("k"));
    EXPECT_EQ(again.status, 200) << again.describe();
    EXPECT_EQ(again.header("idempotency-replayed"), "true");
    EXPECT_EQ(potd.http("GET", "/v1/health").status, 200);
}

TEST_F(OperationsCrashTest, PotctlAsksAgainWhenPotdIsRestarted) {
    const TempDir signs;
    create("web", "until [ -e " + (signs / "go").string() + " ]; do sleep 0.01; done");
    Outcome said;
    std::thread client([&] { said = potd.potctl({"start", "web"}); });
    EXPECT_TRUE(wait_until([&] { return api().inspect("web")["state"] == "starting"; }));
    potd.restart();
    write_file(signs / "go", "");
    client.join();
    EXPECT_EQ(said.status, 0) << said.err;
    EXPECT_EQ(api().inspect("web")["state"], "running");
    EXPECT_EQ(api().runs("web").size(), 1U);
}

}  // namespace
}  // namespace potd::test
