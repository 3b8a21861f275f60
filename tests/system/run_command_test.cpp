// `potctl run`: one call in the foreground or detached.
#include "tests/system/fixture.hpp"

#include <csignal>

namespace potd::test {
namespace {

class RunCommandTest : public SystemTest {
  protected:
    std::size_t pots() { return api.request("GET", "/v1/pots?limit=1000").json()["items"].size(); }
};

TEST_F(RunCommandTest, GivesStatusAndBothStreamsAndRemovesThePot) {
    const std::size_t before = pots();
    const Outcome run =
        potd().potctl({"run", "--rm", "-b", "host", "--", "sh", "-c", "echo out; echo err >&2; exit 7"});
    EXPECT_EQ(run.status, 7) << run.describe();
    EXPECT_EQ(run.out, "out\n");
    EXPECT_EQ(run.err, "err\n");
    EXPECT_TRUE(wait_until([&] { return pots() == before; }));
}

TEST_F(RunCommandTest, EndsWith128AndTheSignal) {
    const Outcome run = potd().potctl({"run", "--rm", "-b", "host", "--", "sh", "-c", "kill -9 $$"});
    EXPECT_EQ(run.status, 128 + SIGKILL) << run.describe();
}

TEST_F(RunCommandTest, LosesNothingOfAShortOutput) {
    for (int i = 0; i < 10; ++i) {
        const Outcome run = potd().potctl({"run", "--rm", "-b", "host", "--", "seq", "2000"});
        EXPECT_EQ(run.status, 0) << run.describe();
        EXPECT_EQ(run.out, run_program({"seq", "2000"}).out);
    }
}

TEST_F(RunCommandTest, AMissingCommandSaysSoAndLeavesNothing) {
    const std::size_t before = pots();
    const Outcome run = potd().potctl({"run", "--rm", "-b", "host", "--", "/no/such/program"});
    EXPECT_NE(run.status, 0);
    EXPECT_THAT(run.err, ::testing::HasSubstr("/no/such/program"));
    EXPECT_TRUE(wait_until([&] { return pots() == before; }));
}

TEST_F(RunCommandTest, DetachedPrintsTheNameAndReturns) {
    const std::string name = fresh_name();
    const Outcome run = potd().potctl({"run", "-d", "-p", name, "-b", "host", "--", "sleep", "1000"});
    EXPECT_EQ(run.status, 0) << run.describe();
    EXPECT_EQ(run.out, name + "\n");
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

}  // namespace
}  // namespace potd::test
