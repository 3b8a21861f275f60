#include "tests/integration/client/potctl_fixture.hpp"

namespace potd::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string site =
    R"({"name":"site","created_at":"2026-01-31T12:00:00.000Z","used_by":[)"
    R"({"pot":"a","target":"/var/www","mode":"ro"},{"pot":"a","target":"/x","mode":"rw"},)"
    R"({"pot":"b","target":"/srv","mode":"rw"}],"bytes":8192})";

const std::string conflict =
    R"({"type":"about:blank","title":"Conflict","status":409,"detail":"it is there","code":"conflict"})";

const std::string unsupported =
    R"({"type":"about:blank","title":"Unprocessable Content","status":422,"detail":"at its start only",)"
    R"("code":"unsupported"})";

class PotctlFscompsTest : public PotctlTest {};

TEST_F(PotctlFscompsTest, MakesOne) {
    potd_.answer("POST /v1/fscomps", 201, site);
    EXPECT_EQ(potctl({"create-fscomp", "-f", "site"}).out, "site\n");
    EXPECT_EQ(potd_.body_of("POST /v1/fscomps"), R"({"name":"site"})");
    EXPECT_EQ(potctl({"create-fscomp", "--quiet", "-f", "site"}).out, "");
    EXPECT_EQ(potctl({"create-fscomp"}).status, 2);
}

TEST_F(PotctlFscompsTest, OneThatIsThereIsFineAsWithPot) {
    potd_.answer("POST /v1/fscomps", 409, conflict);
    EXPECT_EQ(potctl({"create-fscomp", "-f", "none"}).status, 4) << "there is none, so it is something else";
    potd_.answer("GET /v1/fscomps/site", 200, site);
    const auto again = potctl({"create-fscomp", "-f", "site"});
    EXPECT_EQ(again.status, 0);
    EXPECT_THAT(again.err, HasSubstr("exists already"));
}

TEST_F(PotctlFscompsTest, QuotasAreSizesOrNone) {
    potd_.answer("POST /v1/fscomps", 201, site);
    potd_.answer("PATCH /v1/fscomps/site", 200, site);
    potd_.answer("PATCH /v1/pots/web", 200, pot("web", "running"));
    EXPECT_EQ(potctl({"create-fscomp", "-f", "site", "-q", "2G"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/fscomps"), R"({"name":"site","quota":"2G"})");
    EXPECT_EQ(potctl({"set-quota", "-f", "site", "-q", "none"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/fscomps/site"), R"({"quota":0})");
    EXPECT_EQ(potctl({"set-quota", "-p", "web", "-q", "512M"}).status, 0);
    EXPECT_EQ(potd_.body_of("PATCH /v1/pots/web"), R"({"limits":{"disk":"512M"}})");
    EXPECT_EQ(potctl({"set-quota", "web"}).status, 2);
    EXPECT_EQ(potctl({"set-quota", "-q", "1G"}).status, 2);
    EXPECT_EQ(potctl({"set-quota", "web", "-f", "site", "-q", "1G"}).status, 2);
    EXPECT_EQ(potctl({"set-quota", "-f", "none", "-q", "1G"}).status, 3);
}

TEST_F(PotctlFscompsTest, ListsAndShowsThem) {
    potd_.answer("GET /v1/fscomps", 200, list({site}));
    potd_.answer("GET /v1/fscomps?size=true", 200, list({site}));
    potd_.answer("GET /v1/fscomps/site", 200, site);
    EXPECT_THAT(potctl({"ls", "-f"}).out, AllOf(HasSubstr("POTS"), HasSubstr("site"), HasSubstr("a b")));
    EXPECT_EQ(potctl({"list", "-f", "-q"}).out, "site\n");
    EXPECT_THAT(potctl({"list", "-fv"}).out, HasSubstr("8K"));
    EXPECT_EQ(potctl({"__names", "fscomps"}).out, "site\n");
    EXPECT_THAT(potctl({"info", "-f", "site"}).out,
                AllOf(HasSubstr("name:"), HasSubstr("8K"), HasSubstr("/var/www ro")));
    EXPECT_EQ(potctl({"info", "-qf", "site"}).out, "");
    EXPECT_EQ(potctl({"info", "-qf", "none"}).status, 3);
    EXPECT_EQ(potctl({"info", "-f", "site", "web"}).status, 2);
    EXPECT_THAT(potctl({"inspect", "-f", "site"}).out, HasSubstr(R"("bytes": 8192)"));
}

TEST_F(PotctlFscompsTest, DestroysOne) {
    potd_.answer("DELETE /v1/fscomps/site", 204, "");
    potd_.answer("DELETE /v1/fscomps/used", 409, conflict);
    EXPECT_EQ(potctl({"destroy", "-f", "site"}).status, 0);
    EXPECT_EQ(potctl({"destroy", "-f", "used"}).status, 4);
    EXPECT_EQ(potctl({"destroy", "-f", "none"}).status, 3);
    EXPECT_EQ(potctl({"destroy", "-f", "site", "-b", "base"}).status, 2);
    EXPECT_EQ(potctl({"destroy", "-f", "site", "web"}).status, 2);
}

TEST_F(PotctlFscompsTest, MountInAsksForOneMount) {
    potd_.answer("POST /v1/pots/web/mounts", 200, pot("web", "running"));
    const auto mounted = potctl({"mount-in", "-p", "web", "-f", "site", "-m", "/var/www", "-r"});
    EXPECT_EQ(mounted.status, 0) << mounted.err;
    EXPECT_THAT(mounted.err, IsEmpty());
    EXPECT_EQ(potd_.body_of("POST /v1/pots/web/mounts"),
              R"({"fscomp":"site","target":"/var/www","mode":"ro"})");
    EXPECT_EQ(potctl({"add-fscomp", "-p", "web", "-d", "/srv/data", "-m", "/data"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/web/mounts"),
              R"({"dir":"/srv/data","target":"/data","mode":"rw"})");
    potd_.answer("POST /v1/pots/web/mounts", 409, conflict);
    EXPECT_EQ(potctl({"mount-in", "web", "-f", "site", "-m", "/x"}).status, 4);
}

TEST_F(PotctlFscompsTest, MountInTakesDatasets) {
    potd_.answer("POST /v1/pots/web/mounts", 200, pot("web", "running"));
    EXPECT_EQ(potctl({"mount-in", "-p", "web", "-z", "tank/data", "-m", "/data", "-r"}).status, 0);
    EXPECT_EQ(potd_.body_of("POST /v1/pots/web/mounts"),
              R"({"dataset":"tank/data","target":"/data","mode":"ro"})");
}

TEST_F(PotctlFscompsTest, WhatARunCannotMountIsRefused) {
    potd_.answer("POST /v1/pots/web/mounts", 422, unsupported);
    EXPECT_EQ(potctl({"mount-in", "web", "-d", "/etc/hosts", "-m", "/x"}).status, 1);
    EXPECT_THAT(potd_.lines(), testing::SizeIs(1));
}

TEST_F(PotctlFscompsTest, MountInWantsOneSourceAndATarget) {
    using Words = std::vector<std::string>;
    for (const Words& words : {Words{"mount-in", "web", "-m", "/x"}, Words{"mount-in", "web", "-f", "site"},
                               Words{"mount-in", "web", "-f", "site", "-d", "/a", "-m", "/x"}})
        EXPECT_EQ(potctl(words).status, 2);
    EXPECT_THAT(potctl({"mount-in", "web", "-z", "tank", "-w", "-m", "/x"}).err, HasSubstr("does not move"));
    EXPECT_THAT(potd_.lines(), IsEmpty());
}

TEST_F(PotctlFscompsTest, MountOutTakesOneAway) {
    potd_.answer("DELETE /v1/pots/web/mounts?target=%2Fb", 200, pot("web", "running"));
    EXPECT_EQ(potctl({"mount-out", "-p", "web", "-m", "/b"}).status, 0);
    EXPECT_EQ(potctl({"mount-out", "-p", "web", "-m", "/none"}).status, 3);
}

}  // namespace
}  // namespace potd::test
