// Snapshots, going back to them, and clones, on the driver that this machine's state directory gets.
#include "tests/system/fixture.hpp"

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class SnapshotsTest : public SystemTest {
  protected:
    Json take(const std::string& pot, const Json& body = nullptr) {
        return api.expect(201, "POST", "/v1/pots/" + pot + "/snapshots", body);
    }
    Json list(const std::string& pot) {
        return api.expect(200, "GET", "/v1/pots/" + pot + "/snapshots")["items"];
    }
    Response roll_back(const std::string& pot, const Json& body = nullptr) {
        return api.request("POST", "/v1/pots/" + pot + "/rollback", body);
    }
    /// Another name, destroyed with the rest.
    std::string clone(const std::string& pot, Json body) {
        body["name"] = fresh_name();
        return api.expect(201, "POST", "/v1/pots/" + pot + "/clone", body)["name"];
    }
    /// A run of the pot with the script as its command.
    std::string runs(const std::string& pot, const std::string& script) {
        api.expect(200, "PATCH", "/v1/pots/" + pot, {{"command", sh(script)}});
        api.start(pot);
        EXPECT_EQ(api.wait(pot)["exit_code"], 0) << script;
        const std::string all = api.logs(pot, "tail=1");
        return all;
    }
};

TEST_F(SnapshotsTest, GoesBackToWhatWasThere) {
    const std::string pot = create({{"command", sh("echo one > /root/file")}});
    api.start(pot);
    api.wait(pot);
    const Json taken = take(pot, {{"name", "first"}});
    EXPECT_EQ(taken["number"], 1);
    EXPECT_THAT(runs(pot, "cat /root/file; echo two > /root/file"), HasSubstr("one"));
    EXPECT_THAT(runs(pot, "cat /root/file"), HasSubstr("two"));
    EXPECT_EQ(roll_back(pot).status, 200);
    EXPECT_THAT(runs(pot, "cat /root/file"), HasSubstr("one"));
    EXPECT_EQ(list(pot).size(), 1U);
    EXPECT_TRUE(list(pot)[0]["size"].is_number());
}

TEST_F(SnapshotsTest, AnyNumberOneAfterTheOther) {
    const std::string pot = create(idle());
    const Outcome many = shell(
        "set -e; dir=$(mktemp -d); trap 'rm -r $dir' EXIT; for i in $(seq 70); do echo $i > $dir/file; "
        "potctl copy-in -s $dir/file -d /root -p " +
        pot + "; potctl snapshot -q " + pot + "; potctl purge-snapshots " + pot + "; done");
    EXPECT_EQ(many.status, 0) << many.err;
    EXPECT_EQ(list(pot).size(), 1U);
    EXPECT_THAT(runs(pot, "cat /root/file"), HasSubstr("70"));
    EXPECT_EQ(roll_back(pot).status, 200);
    EXPECT_THAT(runs(pot, "cat /root/file"), HasSubstr("70"));
}

TEST_F(SnapshotsTest, AreFoundByTheirLabels) {
    const std::string pot = create(idle());
    ASSERT_EQ(shell("potctl snapshot -n a --label kind=nightly --label by=cron " + pot).status, 0);
    ASSERT_EQ(shell("potctl snapshot -n b " + pot).status, 0);
    EXPECT_EQ(shell("potctl snapshots -q --label kind " + pot).out, "a\n");
    EXPECT_EQ(shell("potctl snapshots -q --label kind=hourly " + pot).out, "");
    EXPECT_THAT(shell("potctl snapshots " + pot).out, HasSubstr("by=cron,kind=nightly"));
    const Outcome refused = shell("potctl snapshots --label =x " + pot);
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.err, HasSubstr("label")) << refused.err;
    EXPECT_EQ(shell("potctl purge-snapshots -a --label kind=nightly " + pot).status, 0);
    EXPECT_EQ(shell("potctl snapshots -q " + pot).out, "b\n");
}

TEST_F(SnapshotsTest, AreTakenAtAStartAndToldAsPotDoes) {
    const std::string pot = create(idle());
    EXPECT_EQ(shell("potctl start -s " + pot).status, 0);
    ASSERT_EQ(list(pot).size(), 1U);
    const Outcome again = shell("potctl start -s " + pot);
    EXPECT_EQ(again.status, 0) << "it runs already";
    EXPECT_EQ(list(pot).size(), 1U);
    const std::string name = list(pot)[0]["name"];
    EXPECT_EQ(shell("potctl info -s -p " + pot).out, name + "\n");
    EXPECT_THAT(shell("potctl info -sv -p " + pot).out, HasSubstr(name + "  20"));
    EXPECT_EQ(shell("potctl start -s no-such-pot").status, 3);
    EXPECT_EQ(shell("potctl start -s --async " + pot).status, 2);
}

TEST_F(SnapshotsTest, PotsAreMadeOfAParentAsPotDoes) {
    const std::string parent = create({{"command", sh("echo packages > /root/file")}});
    api.start(parent);
    api.wait(parent);
    const std::string child = fresh_name();
    const std::string line = "potctl create -p " + child + " -P " + parent;
    const Outcome low = shell(line + " -l 0");
    EXPECT_EQ(low.status, 2);
    EXPECT_THAT(low.err, HasSubstr("level: '0' is not valid, expected 1 or 2")) << low.err;
    EXPECT_EQ(api.request("GET", "/v1/pots/" + child).status, 404);
    const Outcome made = shell(line + " -l 2");
    ASSERT_EQ(made.status, 0) << made.err;
    const Json pot = api.expect(200, "GET", "/v1/pots/" + child);
    EXPECT_EQ(pot["spec"]["level"], 2);
    EXPECT_TRUE(pot["origin"].is_null());
    EXPECT_EQ(list(parent).size(), 1U);
    EXPECT_THAT(runs(child, "cat /root/file"), HasSubstr("packages"));
    const Response later = api.request("PATCH", "/v1/pots/" + child, {{"parent", parent}});
    EXPECT_EQ(later.status, 422);
    EXPECT_EQ(problem_field(later), "parent");
    api.expect(204, "DELETE", "/v1/pots/" + parent);
    EXPECT_THAT(runs(child, "cat /root/file"), HasSubstr("packages"));
    EXPECT_EQ(shell("potctl create -p " + fresh_name() + " -P " + parent).status, 2);
}

TEST_F(SnapshotsTest, NewerOnesAreNotLostByAccident) {
    const std::string pot = create(idle());
    take(pot, {{"name", "first"}});
    take(pot, {{"name", "second"}});
    const Response refused = roll_back(pot, {{"snapshot", "first"}});
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(problem_field(refused), "destroy_newer");
    EXPECT_THAT(refused.body, HasSubstr("second"));
    EXPECT_EQ(roll_back(pot, {{"snapshot", "first"}, {"destroy_newer", true}}).status, 200);
    EXPECT_EQ(list(pot).size(), 1U);
}

TEST_F(SnapshotsTest, AreCountedWithWhatElseTakesSpace) {
    const std::string pot =
        create({{"command", sh("dd if=/dev/zero of=/root/file bs=1M count=3 2>/dev/null; echo said")}});
    api.start(pot);
    api.wait(pot);
    take(pot, {{"name", "full"}});
    runs(pot, "rm /root/file; echo done");
    const Json space = api.expect(200, "GET", "/v1/system/df");
    EXPECT_GT(space["total"], space["free"]);
    const auto of = [&](const char* kind, const char* key) {
        for (const Json& one : space[kind])
            if (one[key] == pot) return one;
        return Json();
    };
    EXPECT_GE(of("snapshots", "pot")["bytes"], 3 << 20) << space;
    EXPECT_EQ(of("snapshots", "pot")["name"], "full");
    EXPECT_GT(of("pots", "name")["log_bytes"], 0) << space;
    EXPECT_EQ(space["bases"][0]["name"], "host");
    EXPECT_THAT(space["bases"][0]["pots"], ::testing::Contains(pot));
    const Outcome shown = shell("potctl system df");
    EXPECT_THAT(shown.out, HasSubstr(pot + "@full")) << shown.describe();
    EXPECT_THAT(shown.out, HasSubstr(" free")) << shown.describe();
}

TEST_F(SnapshotsTest, RefusesWhatCannotBe) {
    const std::string pot = create(idle());
    const std::string place = "/v1/pots/" + pot;
    EXPECT_EQ(api.request("POST", place + "/snapshots", {{"name", "a b"}}).status, 422);
    EXPECT_EQ(api.request("POST", place + "/snapshots", {{"nmae", "x"}}).status, 422);
    EXPECT_EQ(roll_back(pot).status, 404);
    EXPECT_EQ(api.request("DELETE", place + "/snapshots/nothing").status, 404);
    EXPECT_EQ(api.request("POST", place + "/clone", {{"name", "x"}}).status, 409);
    EXPECT_EQ(
        api.request("POST", place + "/clone", {{"name", "x"}, {"changes", {{"level", 9}}}}).status / 100, 4);
    EXPECT_EQ(api.request("POST", place + "/promote").status, 409);
    EXPECT_EQ(api.request("DELETE", place + "/snapshots?keep=-1").status, 422);
    take(pot);
    api.start(pot);
    EXPECT_EQ(roll_back(pot).status, 409) << "it runs";
}

TEST_F(SnapshotsTest, ClonesLiveOnTheirOwn) {
    const std::string pot = create({{"command", sh("echo one > /root/file")}});
    api.start(pot);
    api.wait(pot);
    const std::string copy = clone(pot, {{"take_snapshot", true}, {"changes", {{"labels", {{"a", "b"}}}}}});
    const Json shown = api.inspect(copy);
    EXPECT_EQ(shown["origin"]["pot"], pot);
    EXPECT_EQ(shown["spec"]["labels"]["a"], "b");
    EXPECT_THAT(runs(copy, "cat /root/file; echo two > /root/file"), HasSubstr("one"));
    EXPECT_THAT(runs(pot, "cat /root/file"), HasSubstr("one"));
    const Response refused = api.request("DELETE", "/v1/pots/" + pot);
    EXPECT_EQ(refused.status, 409);
    EXPECT_THAT(refused.body, HasSubstr(copy));
    api.expect(200, "POST", "/v1/pots/" + copy + "/promote");
    api.destroy(pot);
    EXPECT_THAT(runs(copy, "cat /root/file"), HasSubstr("two"));
}

TEST_F(SnapshotsTest, ByHandAsInPot) {
    const std::string pot = create(idle());
    const std::string copy = fresh_name();
    const Outcome outcome =
        shell("set -e; potctl snapshot -p " + pot + "; potctl snapshots -q " + pot + "; potctl clone -P " +
              pot + " -p " + copy + "; potctl revert -p " + pot + "; potctl purge-snapshots -a -p " + pot +
              "; potctl snapshots -q " + pot + "; potctl destroy -F " + pot + "; potctl destroy " + copy);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr(copy));
}

}  // namespace
}  // namespace potd::test
