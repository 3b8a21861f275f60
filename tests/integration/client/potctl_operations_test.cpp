#include "tests/integration/client/potctl_fixture.hpp"

namespace potd::test {
namespace {

using testing::HasSubstr;

class PotctlOperationsTest : public PotctlTest {
  protected:
    static std::string operation(const std::string& state, const std::string& error = "null") {
        return R"({"id":"01KGCH4Z80QN3F6W2V9T5R8XYA","kind":"start","state":")" + state +
               R"(","pot":"web","pot_id":"0123456789ab","run":3,"base":null,)"
               R"("created_at":"2026-01-31T12:00:00.000Z","ended_at":null,)"
               R"("progress":{"current":null,"total":null,"unit":null,"message":"prestart hook 1"},"error":)" +
               error + R"(,"result":null,"can_cancel":true})";
    }
    /// The value of a header of the n-th request; empty if it has none.
    [[nodiscard]] std::string header(std::size_t number, const std::string& name) const {
        const std::string head = potd_.requests().at(number).head;
        const auto at = head.find("\r\n" + name + ": ");
        if (at == std::string::npos) return {};
        const auto from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
    const std::string id = "01KGCH4Z80QN3F6W2V9T5R8XYA";
};

TEST_F(PotctlOperationsTest, ListsThem) {
    potd_.answer("GET /v1/operations?order=asc", 200, list({operation("running")}));
    const auto table = potctl({"operations"});
    EXPECT_EQ(table.status, 0) << table.err;
    for (const char* word : {id.c_str(), "start", "web", "running", "prestart hook 1"})
        EXPECT_THAT(table.out, HasSubstr(word));
    EXPECT_EQ(potctl({"operations", "list", "-q"}).out, id + "\n");
    EXPECT_THAT(potctl({"operations", "--format", "json"}).out, HasSubstr("\"can_cancel\": true"));
    EXPECT_THAT(potctl({"operations", "--format", "yaml"}).out, HasSubstr("kind: start"));
    potd_.answer("GET /v1/operations?order=desc&pot=web&state=failed", 200, list({}));
    EXPECT_EQ(potctl({"operations", "-r", "-p", "web", "--state", "failed"}).status, 0);
    EXPECT_EQ(potctl({"operations", "--state", "odd"}).status, 2);
}

TEST_F(PotctlOperationsTest, SaysHowFarOneIsWhereThatIsKnown) {
    std::string half = operation("running");
    const std::string unknown = R"("current":null,"total":null,"unit":null,"message":"prestart hook 1")";
    half.replace(half.find(unknown), unknown.size(),
                 R"("current":3,"total":7,"unit":"pots","message":"removes pots")");
    potd_.answer("GET /v1/operations/" + id, 200, half);
    EXPECT_THAT(potctl({"operations", "show", id}).out, HasSubstr("removes pots: 3 of 7 pots"));
}

TEST_F(PotctlOperationsTest, ShowsWaitsForAndCancelsOne) {
    potd_.answer("GET /v1/operations/" + id, 200, operation("running"));
    EXPECT_THAT(potctl({"operations", "show", id}).out, HasSubstr("running"));
    potd_.answer("GET /v1/operations/" + id + "?wait=1m", 200, operation("done"));
    EXPECT_EQ(potctl({"operations", "wait", id}).status, 0);
    potd_.answer("GET /v1/operations/" + id + "?wait=1m", 200,
                 operation("failed", R"({"detail":"no luck","code":"internal"})"));
    const auto failed = potctl({"operations", "wait", "-q", id});
    EXPECT_EQ(failed.status, 1);
    EXPECT_EQ(failed.out, "");
    EXPECT_THAT(failed.err, HasSubstr("no luck"));
    potd_.answer("DELETE /v1/operations/" + id, 200, operation("cancelled"));
    EXPECT_EQ(potctl({"operations", "cancel", id}).status, 0);
    potd_.answer("DELETE /v1/operations/" + id, 200, operation("done"));
    EXPECT_EQ(potctl({"operations", "cancel", id}).status, 1);
    EXPECT_EQ(potctl({"operations", "cancel"}).status, 2);
    EXPECT_EQ(potctl({"operations", "cancle", id}).status, 2);
    EXPECT_EQ(potctl({"operations", "show", "none"}).status, 3);
}

TEST_F(PotctlOperationsTest, AsyncPrintsTheOperation) {
    potd_.answer("POST /v1/pots/web/start", 202, operation("running"));
    EXPECT_EQ(potctl({"start", "--async", "web"}).out, id + "\n");
    EXPECT_EQ(header(0, "Prefer"), "respond-async");
    potd_.answer("POST /v1/bases", 202, operation("running"));
    EXPECT_EQ(potctl({"create-base", "-r", "bookworm", "--async"}).out, id + "\n");
    potd_.answer("DELETE /v1/pots/web", 202, operation("running"));
    EXPECT_EQ(potctl({"destroy", "--async", "web"}).out, id + "\n");
    EXPECT_EQ(potctl({"destroy", "--async", "-r", "-b", "bookworm"}).status, 2);
}

TEST_F(PotctlOperationsTest, ARequestWhoseConnectionBreaksIsRepeatedWithItsKey) {
    int asked = 0;
    potd_.handle("POST /v1/pots/web/start", [&](FakePeer& peer, const FakeRequest&) {
        // The second time as from the socket of a potd that is just dying.
        if (++asked <= 2) return peer.hang_up();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
    const auto result = potctl({"start", "web"});
    EXPECT_EQ(result.status, 0) << result.err;
    ASSERT_EQ(potd_.requests().size(), 3U);
    EXPECT_NE(header(0, "Idempotency-Key"), "");
    EXPECT_EQ(header(0, "Idempotency-Key"), header(1, "Idempotency-Key"));
    EXPECT_EQ(header(0, "Idempotency-Key"), header(2, "Idempotency-Key"));
    EXPECT_EQ(potctl({"start", "web"}).status, 0);
    EXPECT_NE(header(3, "Idempotency-Key"), header(0, "Idempotency-Key"));
}

TEST_F(PotctlOperationsTest, ItIsNotRepeatedForEver) {
    potd_.handle("POST /v1/pots/web/stop", [](FakePeer& peer, const FakeRequest&) { peer.hang_up(); });
    EXPECT_EQ(potctl({"stop", "web"}).status, 5);
    EXPECT_EQ(potd_.requests().size(), 4U);
}

}  // namespace
}  // namespace potd::test
