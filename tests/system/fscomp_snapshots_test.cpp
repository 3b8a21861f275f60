// Snapshots of volumes (fscomps), by REST and by potctl, on the real kernel.
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <string>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A potd of its own, so that nothing else is in its directories.
class FscompSnapshotsTest : public OwnPotdTest {
  protected:
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (IsSkipped()) return;
        start_potd();
        api().expect(201, "POST", "/v1/fscomps", {{"name", "site"}});
    }
    [[nodiscard]] fs::path file(const std::string& volume) const {
        return potd.state_dir() / "fscomp" / volume / "root/file";
    }
    void run_web(const std::string& mode) {
        api().create({{"name", "web"},
                      {"base", "host"},
                      {"command", sh("exec sleep 1000")},
                      {"mounts", Json::array({{{"fscomp", "site"}, {"target", "/data"}, {"mode", mode}}})}});
        api().start("web");
    }
    Response ask(const std::string& method, const std::string& rest, const Json& body = nullptr) {
        return api().request(method, "/v1/fscomps/site" + rest, body);
    }
    [[nodiscard]] std::size_t kept() const {
        const fs::path place = potd.state_dir() / "fscomp-snapshots";
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(place), fs::directory_iterator()));
    }
};

class FscompSnapshotsByHandTest : public SystemTest {};

TEST_F(FscompSnapshotsByHandTest, AsInPot) {
    const std::string site = fresh_name();
    const std::string copy = fresh_name();
    const std::string web = create(idle());
    // $S, $C and $W are the volume, its clone and the pot.
    const std::string names = "set -e; S=" + site + "; C=" + copy + "; W=" + web + "; ";
    const auto hand = [&](const std::string& script) { return shell(names + script); };
    const Outcome taken = hand(
        "potctl create-fscomp --quiet -f $S; potctl mount-in -p $W -f $S -m /data; potctl start $W; "
        "potctl exec $W sh -c 'echo one > /data/file'; potctl stop $W; potctl snapshot -f $S -n first; "
        "potctl start $W -S; potctl exec $W sh -c 'echo two > /data/file'; potctl stop $W; "
        "potctl snapshots -f $S -q");
    ASSERT_EQ(taken.status, 0) << taken.describe();
    EXPECT_THAT(taken.out, HasSubstr("first\n"));
    EXPECT_THAT(taken.out, HasSubstr("Z-2\n")) << "start -S took one more";
    const Outcome refused = hand("potctl revert -f $S -s first");
    EXPECT_EQ(refused.status, 4) << refused.describe();
    EXPECT_THAT(refused.err, HasSubstr("Z-2"));
    const Outcome back =
        hand("potctl revert -f $S -s first -F; potctl start $W; potctl exec $W cat /data/file");
    EXPECT_EQ(back.out, "one\n") << back.describe();
    const Outcome cloned = hand("potctl stop $W; potctl clone-fscomp -f $C -F $S; potctl ls -f");
    EXPECT_EQ(cloned.status, 0) << cloned.describe();
    EXPECT_EQ(read_file(potd().state_dir() / "fscomp" / copy / "root/file"), "one\n");
    const Outcome gone = hand(
        "potctl remove-snapshot -f $S -s first; potctl snapshot -q -f $S; potctl snapshot -q "
        "-f $S; potctl purge-snapshots -f $S -a; potctl snapshots -f $S -q");
    EXPECT_EQ(gone.status, 0) << gone.describe();
    EXPECT_EQ(gone.out, "");
    const Outcome both = hand("potctl snapshot -p $W -f $S");
    EXPECT_NE(both.status, 0);
    EXPECT_THAT(both.err, HasSubstr("a pot and an fscomp are named"));
    EXPECT_EQ(hand("potctl destroy $W; potctl destroy -f $S; potctl destroy -f $C").status, 0);
}

TEST_F(FscompSnapshotsTest, WhoeverIsInTheWayIsNamed) {
    run_web("rw");
    const bool shares = ask("POST", "/snapshots", {{"name", "a"}}).status == 201;
    if (!shares) {
        const Response copied = ask("POST", "/snapshots", {{"name", "a"}});
        EXPECT_EQ(copied.status, 409);
        EXPECT_THAT(copied.body, HasSubstr("pot web mounts it and is running; stop it first"));
        api().stop("web");
        EXPECT_EQ(ask("POST", "/snapshots", {{"name", "a"}}).status, 201);
        api().start("web");
    }
    EXPECT_EQ(ask("POST", "/rollback").status, 409);
    EXPECT_EQ(ask("DELETE", "").status, 409);
    EXPECT_EQ(problem_field(ask("POST", "/snapshots", {{"name", "a b"}})), "name");
    EXPECT_EQ(problem_field(ask("POST", "/rollback", {{"snapshots", "a"}})), "snapshots");
    EXPECT_EQ(ask("POST", "/rollback", {{"snapshot", "none"}}).status, 404);
    EXPECT_EQ(ask("POST", "/clone", {{"name", "../x"}}).status, 422);
    api().destroy("web", true);
    EXPECT_EQ(ask("DELETE", "").status, 204);
    EXPECT_EQ(kept(), 0U) << "they go with it";
}

TEST_F(FscompSnapshotsTest, SurviveKillsOfPotdAndWhatNobodyRecordedGoes) {
    write_file(file("site"), "one");
    ASSERT_EQ(ask("POST", "/snapshots", {{"name", "a"}}).status, 201);
    write_file(file("site"), "two");
    potd.kill9();
    const fs::path snapshots = potd.state_dir() / "fscomp-snapshots";
    fs::create_directories(snapshots / "site@7/root");
    fs::create_directories(snapshots / ".new-site@2/root");
    // A rollback that was cut between its two renames.
    fs::rename(file("site").parent_path(), potd.state_dir() / "trash/old");
    fs::create_directories(potd.state_dir() / "fscomp/site/root.next");
    write_file(potd.state_dir() / "fscomp/site/root.next/file", "one");
    potd.start();
    EXPECT_EQ(kept(), 1U);
    EXPECT_EQ(read_file(file("site")), "one");
    ASSERT_EQ(ask("POST", "/rollback", {{"snapshot", "a"}}).status, 200);
    EXPECT_EQ(read_file(file("site")), "one");
    EXPECT_EQ(ask("POST", "/snapshots").json()["number"], 2);
}

}  // namespace
}  // namespace potd::test
