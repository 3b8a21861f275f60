// What zfs(8) answers to the calls potd makes and to wrong ones. The stand-in for it has to pass here as the
// real one does, since the driver is tried on it.

#include "daemon/platform/posix/zfs.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/zfs_pool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd {
namespace {

class ZfsWordsTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::zfs_pool().usable()) GTEST_SKIP() << "no zfs and no stand-in for it here (root)";
        root_ = test::zfs_pool().new_dataset();
        right({"create", "-o", "mountpoint=none", root_});
    }
    void TearDown() override {
        EXPECT_TRUE(root_.empty() || test::zfs_pool().zfs({"destroy", "-f", "-r", root_}));
    }

    using Words = std::vector<std::string>;
    static std::string shown(const Words& words) {
        std::string text = "zfs";
        for (const std::string& word : words) text += " " + word;
        return text;
    }
    std::string right(const Words& words) {
        const auto end = test::zfs_pool().run(words);
        EXPECT_EQ(end.status, 0) << shown(words) << ": " << end.errors;
        return end.output;
    }
    void fails(const Words& words, const std::string& said) {
        const auto end = test::zfs_pool().run(words);
        EXPECT_EQ(end.status, 1) << shown(words);
        EXPECT_EQ(end.errors.substr(0, end.errors.find('\n')), said) << shown(words);
    }
    void is_misused(const Words& words, const std::string& said) {
        const auto end = test::zfs_pool().run(words);
        EXPECT_EQ(end.status, 2) << shown(words);
        EXPECT_EQ(end.errors.find(said), 0U) << shown(words) << ": " << end.errors;
        EXPECT_NE(end.errors.find("usage:"), std::string::npos) << shown(words) << ": " << end.errors;
    }

    std::string root_;
};

TEST_F(ZfsWordsTest, WrongUsage) {
    is_misused({}, "missing command");
    is_misused({"frobnicate", root_}, "unrecognized command 'frobnicate'");
    is_misused({"create", "-q", root_ + "/a"}, "invalid option 'q'");
    is_misused({"create"}, "missing filesystem argument");
    is_misused({"create", root_ + "/a", root_ + "/b"}, "too many arguments");
    is_misused({"clone", root_ + "@1"}, "missing target dataset argument");
    is_misused({"promote", root_, root_}, "too many arguments");
    is_misused({"list", "-H", "-p", "-o", "nonsense", root_},
               "bad property list: invalid property 'nonsense'");
    is_misused({"snapshot", root_ + "/missing@1"},
               "cannot open '" + root_ + "/missing': dataset does not exist");
}

TEST_F(ZfsWordsTest, UnknownDatasets) {
    const std::string none = root_ + "/none";
    const std::string said = "cannot open '" + none + "': dataset does not exist";
    fails({"list", "-H", "-p", "-o", "name", none}, said);
    fails({"destroy", "-r", none}, said);
    fails({"rename", none, root_ + "/other"}, said);
    fails({"promote", none}, said);
    fails({"set", "readonly=on", none}, said);
    fails({"mount", none}, said);
    fails({"rollback", none + "@1"}, "cannot open '" + none + "@1': dataset does not exist");
    fails({"clone", root_ + "@1", root_ + "/a"}, "cannot open '" + root_ + "@1': dataset does not exist");
    fails({"destroy", root_ + "@1"}, "could not find any snapshots to destroy; check snapshot names.");
    fails({"create", none + "/below"}, "cannot create '" + none + "/below': parent does not exist");
    fails({"list", "-H", "-p", "-o", "name", "/dev"}, "'/dev': not a ZFS filesystem");
}

TEST_F(ZfsWordsTest, NamesThatAreTaken) {
    right({"create", root_ + "/a"});
    fails({"create", root_ + "/a"}, "cannot create '" + root_ + "/a': dataset already exists");
    right({"snapshot", root_ + "/a@1"});
    fails({"snapshot", root_ + "/a@1"}, "cannot create snapshot '" + root_ + "/a@1': dataset already exists");
    fails({"clone", root_ + "/a@1", root_ + "/a"}, "cannot create '" + root_ + "/a': dataset already exists");
}

TEST_F(ZfsWordsTest, WhatDependsOnOthers) {
    const std::string a = root_ + "/a", b = root_ + "/b";
    right({"create", a});
    right({"snapshot", a + "@1"});
    right({"snapshot", a + "@2"});
    right({"clone", a + "@1", b});
    fails({"destroy", a}, "cannot destroy '" + a + "': filesystem has children");
    fails({"destroy", "-r", a}, "cannot destroy '" + a + "': filesystem has dependent clones");
    fails({"destroy", a + "@1"}, "cannot destroy '" + a + "@1': snapshot has dependent clones");
    fails({"rollback", a + "@1"},
          "cannot rollback to '" + a + "@1': more recent snapshots or bookmarks exist");
    fails({"promote", a}, "cannot promote '" + a + "': not a cloned filesystem");
    right({"destroy", "-d", a + "@1"});
    EXPECT_EQ(right({"list", "-H", "-p", "-t", "snapshot", "-r", "-o", "name,defer_destroy", a}),
              a + "@1\ton\n" + a + "@2\toff\n")
        << "deferred, and still there";
    right({"promote", b});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "origin", a}), b + "@1\n");
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "origin", b}), "-\n");
    right({"destroy", "-r", a});
    EXPECT_EQ(right({"list", "-H", "-p", "-t", "filesystem,snapshot", "-r", "-o", "name", root_}),
              root_ + "\n" + b + "\n")
        << "the snapshot went with its last clone";
}

TEST_F(ZfsWordsTest, BoundsOnWhatIsReferredTo) {
    const test::TempDir dir;
    const std::string a = root_ + "/a", place = (dir / "a").string();
    right({"create", "-o", "mountpoint=" + place, a});
    EXPECT_EQ(right({"list", "-H", "-p", "-t", "filesystem,snapshot", "-o", "refquota", a}), "0\n");
    test::write_file(dir / "a/file", test::noise(3U << 20U));
    test::zfs_pool().sync();
    right({"set", "refquota=8388608", a});
    right({"snapshot", a + "@1"});
    EXPECT_EQ(right({"list", "-H", "-p", "-r", "-t", "filesystem,snapshot", "-o", "refquota", a}),
              "8388608\n-\n");
    fails({"set", "refquota=1048576", a},
          "cannot set property for '" + a + "': size is less than current used or reserved space");
    fails({"clone", "-o", "refquota=1048576", a + "@1", root_ + "/b"},
          "cannot create '" + root_ + "/b': out of space");
    right({"clone", a + "@1", root_ + "/b"});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "refquota", root_ + "/b"}), "0\n") << "a clone has none";
    right({"set", "refquota=none", a});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "refquota", a}), "0\n");
    EXPECT_EQ(test::zfs_pool().run({"set", "refquota=much", a}).status, 1);
    right({"set", "mountpoint=none", a});
}

TEST_F(ZfsWordsTest, PropertiesAndMounts) {
    const std::string a = root_ + "/a";
    const test::TempDir dir;
    right({"create", "-o", "org.potd:pot=x", a});
    right({"create", a + "/m"});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "name,type,mountpoint,mounted,org.potd:pot,org.potd:base",
                     a + "/m"}),
              a + "/m\tfilesystem\tnone\tno\tx\t-\n");
    fails({"mount", a}, "cannot mount '" + a + "': no mountpoint set");
    const std::string place = (dir / "place").string();
    right({"set", "mountpoint=" + place, a + "/m"});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "mountpoint,mounted", a + "/m"}), place + "\tyes\n");
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "name", place}), a + "/m\n") << "by its path";
    fails({"mount", a + "/m"}, "cannot mount '" + a + "/m': filesystem already mounted");
    right({"rename", a + "/m", a + "/n"});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "mountpoint,mounted", a + "/n"}), place + "\tyes\n");
    right({"set", "mountpoint=none", a + "/n"});
    EXPECT_EQ(right({"list", "-H", "-p", "-o", "mounted", a + "/n"}), "no\n");
    EXPECT_EQ(test::zfs_pool().run({"set", "nonsense=1", a}).status, 1);
    EXPECT_EQ(test::zfs_pool().run({"set", "readonly=maybe", a}).status, 1);
}

TEST_F(ZfsWordsTest, ASnapshotIsSentAndReceived) {
    const std::string a = root_ + "/a", b = root_ + "/b";
    const test::TempDir dir;
    right({"create", "-o", "mountpoint=" + (dir / "a").string(), a});
    test::write_file(dir / "a/file", "sent");
    right({"snapshot", a + "@1"});
    const platform::Zfs zfs(test::zfs_pool().program());
    std::int64_t passed = 0;
    const auto copied = zfs.copy(a + "@1", b, {{"mountpoint", (dir / "b").string()}, {"org.potd:base", "x"}},
                                 {[&](std::int64_t bytes) { passed = bytes; }, nullptr});
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_GT(passed, 0);
    EXPECT_EQ(right({"list", "-H", "-p", "-t", "filesystem,snapshot", "-r", "-o",
                     "name,origin,mounted,org.potd:base", b}),
              b + "\t-\tno\tx\n" + b + "@1\t-\t-\tx\n");
    right({"mount", b});
    right({"destroy", "-r", a});
    EXPECT_EQ(test::read_file(dir / "b/file"), "sent") << "it depends on nothing";
    right({"destroy", "-r", b});
}

TEST_F(ZfsWordsTest, WhatCannotBeSentOrReceived) {
    const std::string a = root_ + "/a";
    right({"create", a});
    right({"snapshot", a + "@1"});
    const platform::Zfs zfs(test::zfs_pool().program());
    EXPECT_EQ(zfs.copy(a + "@2", root_ + "/b", {}, {}).error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(zfs.copy(a + "@1", a, {}, {}).error().kind, core::ErrorKind::Conflict);
    platform::StopSignal stop;
    stop.raise();
    EXPECT_EQ(zfs.copy(a + "@1", root_ + "/b", {}, {{}, &stop}).error().kind, core::ErrorKind::Cancelled);
    EXPECT_EQ(test::zfs_pool().run({"list", "-H", "-p", "-o", "name", root_ + "/b"}).status, 1)
        << "nothing is left of either";
    is_misused({"send"}, "missing snapshot argument");
}

}  // namespace
}  // namespace potd
