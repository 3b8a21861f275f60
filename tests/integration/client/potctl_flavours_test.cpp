#include "tests/integration/client/potctl_fixture.hpp"

#include <filesystem>

namespace potd::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string slim = R"({"name":"slim","directory":"/usr/share/potd/flavours","has_commands":false,)"
                         R"("has_script":true})";

std::string operation(const std::string& state, const std::string& rest) {
    return R"({"id":"OP","kind":"create","pot":"web","state":")" + state + "\"," + rest + "}";
}

class PotctlFlavoursTest : public PotctlTest {
  protected:
    /// What potd says once flavours are asked for.
    void accept(const std::string& target, const std::string& end) {
        potd_.answer("POST " + target, 202, operation("running", R"("error":null,"pot_id":null)"));
        potd_.handle("GET /v1/operations/OP/output?follow=true", [](FakePeer& peer, const FakeRequest&) {
            peer.begin_chunks("text/plain");
            peer.send_chunk("===> script slim.sh\n");
            peer.send_chunk("removing /boot\n");
            peer.end_chunks();
        });
        potd_.answer("GET /v1/operations/OP?wait=1m", 200, end);
        potd_.answer("GET /v1/pots/web", 200, pot("web", "stopped"));
    }
    const std::string done_ = operation("done", R"("error":null,"pot_id":"1")");
};

TEST_F(PotctlFlavoursTest, CreateFollowsWhatTheyPrint) {
    accept("/v1/pots", done_);
    const auto result = potctl({"create", "-p", "web", "-b", "host", "-f", "slim", "-f", "/srv/x", "-k"});
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(result.out, "web\n");
    EXPECT_EQ(result.err, "===> script slim.sh\nremoving /boot\n");
    EXPECT_THAT(potd_.body_of("POST /v1/pots"),
                AllOf(HasSubstr(R"("flavours":["slim","/srv/x"])"), HasSubstr(R"("keep_on_failure":true)")));
    const auto quiet = potctl({"create", "-q", "-p", "web", "-b", "host", "-f", "slim"});
    EXPECT_EQ(quiet.out + quiet.err, "");
}

TEST_F(PotctlFlavoursTest, AFailureIsToldAsItsOperationEnded) {
    accept("/v1/pots", operation("failed", R"("pot_id":"1","error":{"status":422,"code":"invalid_argument",)"
                                           R"("detail":"script slim.sh has failed: exit code 3"})"));
    const auto result = potctl({"create", "-p", "web", "-b", "host", "-f", "slim"});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.err, HasSubstr("\npotctl: create web: script slim.sh has failed: exit code 3"));
    accept("/v1/pots", operation("failed", R"("pot_id":null,"error":{"status":422,"code":"invalid_argument",)"
                                           R"("detail":"/x/slim:3: no","field":"flavours[0]"})"));
    EXPECT_EQ(potctl({"create", "-p", "web", "-b", "host", "-f", "slim"}).status, 2) << "typed wrongly";
}

TEST_F(PotctlFlavoursTest, CloneHasThemToo) {
    accept("/v1/pots/src/clone", done_);
    const auto result = potctl({"clone", "-P", "src", "-p", "web", "-f", "slim"});
    EXPECT_EQ(result.out, "web\n");
    EXPECT_THAT(potd_.body_of("POST /v1/pots/src/clone"), HasSubstr(R"("flavours":["slim"])"));
    const auto async = potctl({"clone", "-P", "src", "-p", "web", "-f", "slim", "--async"});
    EXPECT_EQ(async.out, "OP\n");
    EXPECT_THAT(async.err, Not(HasSubstr("script")));
}

TEST_F(PotctlFlavoursTest, PathsAreMadeAbsolute) {
    accept("/v1/pots", done_);
    EXPECT_EQ(potctl({"create", "-p", "web", "-b", "host", "-f", "./a/../own"}).status, 0);
    const std::string here = std::filesystem::current_path().string();
    EXPECT_THAT(potd_.body_of("POST /v1/pots"), HasSubstr("\"flavours\":[\"" + here + "/own\"]"));
}

TEST_F(PotctlFlavoursTest, AreListed) {
    potd_.answer("GET /v1/flavours", 200, list({slim}));
    EXPECT_THAT(potctl({"list", "-F"}).out, AllOf(HasSubstr("slim"), HasSubstr("/usr/share/potd/flavours")));
    EXPECT_EQ(potctl({"list", "-F", "-q"}).out, "slim\n");
}

TEST_F(PotctlFlavoursTest, OutputOfAnOperation) {
    accept("/v1/pots", done_);
    EXPECT_EQ(potctl({"operations", "output", "OP"}).out, "===> script slim.sh\nremoving /boot\n");
    EXPECT_EQ(potctl({"operations", "output", "NONE"}).status, 3);
}

}  // namespace
}  // namespace potd::test
