// A pot made for one run whose client is killed between create and start, with a short time of grace.
#include "tests/support/binaries.hpp"
#include "tests/system/fixture.hpp"

#include <csignal>
#include <string>

#include <sys/wait.h>

namespace potd::test {
namespace {

class UnstartedTest : public OwnPotdTest {
  protected:
    UnstartedTest() : OwnPotdTest(options()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    static PotdOptions options() {
        PotdOptions options;
        options.extra_config = "pots:\n  unstarted_age: 1500ms\n";
        return options;
    }
    void create(const std::string& name, const Json& more = {{"remove_on_exit", true}}) const {
        Json spec{{"name", name}, {"base", "host"}, {"command", sh("exec sleep 1000")}};
        spec.update(more);
        api().create(spec);
    }
    [[nodiscard]] bool exists(const std::string& name) const {
        return api().request("GET", "/v1/pots/" + name).status == 200;
    }
    [[nodiscard]] bool goes(const std::string& name) const {
        return wait_until([&] { return !exists(name); }, milliseconds(20'000));
    }
    [[nodiscard]] Json last_event_of(const std::string& name) const {
        const Response page =
            api().request("GET", "/v1/events?pot=" + name, nullptr, {{"Accept", "application/json"}});
        return page.json()["items"].back();
    }
};

TEST_F(UnstartedTest, APotMadeForOneRunThatNobodyStartsGoes) {
    create("plain", Json::object());
    create("job");
    create("running");
    api().start("running");
    ASSERT_TRUE(goes("job"));
    const Json event = last_event_of("job");
    EXPECT_EQ(event["type"], "pot.destroyed");
    EXPECT_EQ(event["details"]["reason"], "not started within 1s500ms");
    EXPECT_TRUE(exists("plain"));
    EXPECT_EQ(api().inspect("running")["state"], "running");
}

TEST_F(UnstartedTest, ARestartOfPotdDoesNotForgetIt) {
    create("job");
    create("running");
    api().start("running");
    potd.restart();
    EXPECT_TRUE(goes("job"));
    EXPECT_EQ(api().inspect("running")["state"], "running");
}

/// Each at the moment when its pot is there: before its start, or just after.
TEST_F(UnstartedTest, ClientsThatAreKilledWithRmLeaveNothing) {
    for (int i = 0; i < 10; ++i) {
        const std::string name = "killed" + std::to_string(i);
        const pid_t client = spawn({binary("potctl"), "--url", "unix://" + potd.socket(), "run", "--rm", "-p",
                                    name, "-b", "host", "--", "sleep", "1"},
                                   {}, {-1, -1, -1});
        EXPECT_TRUE(wait_until([&] { return exists(name); }));
        ::kill(client, SIGKILL);  // a zombie at worst
        ::waitpid(client, nullptr, 0);
        EXPECT_TRUE(goes(name)) << api().inspect(name);
    }
}

TEST_F(UnstartedTest, OneWhoseConsoleIsAwaitedStays) {
    create("job");
    create("other");
    HttpConnection client(potd.socket());
    ASSERT_TRUE(client.send("GET /v1/pots/job/wait?for=stopped HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(goes("other"));  // made after it, so its time is up, too
    EXPECT_TRUE(exists("job"));
    client.close();
    EXPECT_TRUE(goes("job"));
}

}  // namespace
}  // namespace potd::test
