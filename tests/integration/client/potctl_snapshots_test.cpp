#include "tests/integration/client/potctl_fixture.hpp"

namespace potd::test {
namespace {

using testing::HasSubstr;

const std::string one =
    R"({"pot":"0123456789ab","name":"mine","number":3,"created_at":"2026-01-31T12:00:00.000Z","size":8192})";

const std::string labelled =
    R"({"pot":"0123456789ab","name":"mine","number":3,"created_at":"2026-01-31T12:00:00.000Z","size":8192,)"
    R"("labels":{"x":"y","z":""}})";

class PotctlSnapshotsTest : public PotctlTest {};

TEST_F(PotctlSnapshotsTest, SnapshotPrintsItsName) {
    potd_.answer("POST /v1/pots/a/snapshots", 201, one);
    EXPECT_EQ(potctl({"snapshot", "-p", "a"}).out, "mine\n");
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/snapshots"), "{}");
    EXPECT_EQ(potctl({"snap", "a", "-r", "-q", "-n", "mine"}).out, "");
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/snapshots"), R"({"name":"mine","replace_oldest":true})");
    EXPECT_EQ(potctl({"snapshot", "a", "--label", "x=y", "--label", "z="}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/snapshots"), R"({"labels":{"x":"y","z":""}})");
    EXPECT_EQ(potctl({"snapshot", "a", "--label", "x"}).status, 2);
}

TEST_F(PotctlSnapshotsTest, ListsThem) {
    potd_.answer("GET /v1/pots/a/snapshots", 200, list({one}));
    EXPECT_THAT(potctl({"snapshots", "a"}).out,
                testing::AllOf(HasSubstr("NUMBER"), HasSubstr("mine"), HasSubstr("8K")));
    EXPECT_EQ(potctl({"snapshots", "a", "-q"}).out, "mine\n");
    potd_.answer("GET /v1/pots/a/snapshots?label=x%3Dy", 200, list({labelled}));
    EXPECT_THAT(potctl({"snapshots", "a", "--label", "x=y"}).out, HasSubstr("x=y,z="));
    potd_.answer("GET /v1/fscomps/site/snapshots?label=x", 200, list({labelled}));
    EXPECT_EQ(potctl({"snapshots", "-f", "site", "--label", "x", "-q"}).out, "mine\n");
}

TEST_F(PotctlSnapshotsTest, RevertGoesBack) {
    potd_.answer("POST /v1/pots/a/rollback", 200, pot("a", "stopped"));
    EXPECT_EQ(potctl({"revert", "-p", "a"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/rollback"), "{}");
    EXPECT_EQ(potctl({"rollback", "a", "-s", "mine", "-F"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/rollback"), R"({"snapshot":"mine","destroy_newer":true})");
}

TEST_F(PotctlSnapshotsTest, RemovesOneOrAllButTheNewest) {
    potd_.answer("DELETE /v1/pots/a/snapshots/mine", 204, "");
    EXPECT_EQ(potctl({"remove-snapshot", "a", "-s", "mine"}).status, 0);
    EXPECT_EQ(potctl({"remove-snapshot", "a"}).status, 2);
    for (const char* query : {"?keep=1", "?keep=0", "?keep=4&older_than=2h", "?keep=1&label=x"})
        potd_.answer("DELETE /v1/pots/a/snapshots" + std::string(query), 200, list({}));
    EXPECT_EQ(potctl({"purge-snapshots", "-p", "a"}).status, 0);
    EXPECT_EQ(potctl({"purge-snapshots", "-p", "a", "-a"}).status, 0);
    EXPECT_EQ(potctl({"purge-snapshots", "a", "--keep", "4", "--older-than", "2h"}).status, 0);
    EXPECT_EQ(potctl({"purge-snapshots", "a", "--label", "x"}).status, 0);
    EXPECT_EQ(potctl({"purge-snapshots", "a", "--keep", "4", "-a"}).status, 2);
}

TEST_F(PotctlSnapshotsTest, CloneSaysWhatIsDifferent) {
    potd_.answer("POST /v1/pots/a/clone", 201, pot("b", "created"));
    EXPECT_EQ(potctl({"clone", "-P", "a", "-p", "b"}).out, "b\n");
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/clone"), R"({"name":"b"})");
    EXPECT_EQ(potctl({"clone", "a", "b", "-F", "-s", "mine", "--label", "x=y"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/a/clone"),
              R"({"name":"b","snapshot":"mine","take_snapshot":true,"changes":{"labels":{"x":"y"}}})");
    EXPECT_EQ(potctl({"clone", "-p", "b"}).status, 2);
}

TEST_F(PotctlSnapshotsTest, SetSnapshotsChangesTheSchedule) {
    potd_.answer("PATCH /v1/pots/a", 200, pot("a", "stopped"));
    potd_.answer("PATCH /v1/fscomps/site", 200, "{}");
    EXPECT_EQ(
        potctl({"set-snapshots", "-p", "a", "--every", "1h", "--keep", "24", "--keep-for", "7d"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/a"), R"({"snapshots":{"every":"1h","keep":24,"keep_for":"7d"}})");
    EXPECT_EQ(potctl({"set-snapshots", "a", "--off"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/a"), R"({"snapshots":null})");
    EXPECT_EQ(potctl({"set-snapshots", "-f", "site", "--keep", "2"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/fscomps/site"), R"({"snapshots":{"keep":2}})");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"set-snapshots", "a"},
                                                  {"set-snapshots", "a", "--off", "--keep", "2"},
                                                  {"set-snapshots", "a", "--keep", "x"},
                                                  {"set-snapshots", "a", "-f", "site", "--off"}})
        EXPECT_EQ(potctl(words).status, 2);
}

TEST_F(PotctlSnapshotsTest, PromotesAClone) {
    potd_.answer("POST /v1/pots/b/promote", 200, pot("b", "stopped"));
    EXPECT_EQ(potctl({"promote", "b"}).status, 0);
}

}  // namespace
}  // namespace potd::test
