#include "daemon/platform/posix/zfs.hpp"

#include "daemon/platform/posix/zfs_program.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using core::ErrorKind;
using std::chrono::milliseconds;

TEST(ZfsListTest, ReadsFileSystemsAndSnapshots) {
    const auto entries = parse_zfs_list(
        "tank/potd/jails/a/m\tfilesystem\ttank/potd/bases/b@installed\t/var/db/potd/jails/a/"
        "m\tyes\t77\t4096\t1048576\t-\tone"
        "\ta\t-\t-\n"
        "tank/potd/jails/a/m@potd.a.1\tsnapshot\t-\t-\t-\t80\t2048\t-\ton\tone\ta\t-\tsite\n");
    ASSERT_TRUE(entries) << entries.error().message;
    ASSERT_EQ(entries->size(), 2U);
    const ZfsEntry& root = entries.value()[0];
    EXPECT_EQ(root.name, "tank/potd/jails/a/m");
    EXPECT_FALSE(root.is_snapshot);
    EXPECT_EQ(root.origin, "tank/potd/bases/b@installed");
    EXPECT_EQ(root.mountpoint, "/var/db/potd/jails/a/m");
    EXPECT_TRUE(root.mounted);
    EXPECT_EQ(root.created, 77U);
    EXPECT_EQ(root.referenced, 4096);
    EXPECT_EQ(root.quota, 1 << 20);
    EXPECT_EQ(root.instance, "one");
    EXPECT_EQ(root.pot, "a");
    EXPECT_EQ(root.base, "");
    EXPECT_EQ(root.snapshot(), "");
    const ZfsEntry& snapshot = entries.value()[1];
    EXPECT_TRUE(snapshot.is_snapshot);
    EXPECT_TRUE(snapshot.deferred);
    EXPECT_EQ(snapshot.quota, 0);
    EXPECT_EQ(snapshot.volume, "site");
    EXPECT_FALSE(snapshot.mounted);
    EXPECT_EQ(snapshot.dataset(), "tank/potd/jails/a/m");
    EXPECT_EQ(snapshot.snapshot(), "potd.a.1");
}

TEST(ZfsListTest, KeepsBlanksAndEmptyCells) {
    const auto entries = parse_zfs_list("tank/a b\tfilesystem\t-\t/mnt/a b\tno\t1\t0\t0\t-\t\t-\t\t\n");
    ASSERT_TRUE(entries) << entries.error().message;
    EXPECT_EQ(entries->front().name, "tank/a b");
    EXPECT_EQ(entries->front().mountpoint, "/mnt/a b");
    EXPECT_TRUE(parse_zfs_list("")->empty());
}

TEST(ZfsListTest, RefusesAnythingElse) {
    for (const char* text : {"\n", "tank\n", "tank\tfilesystem\t-\t/\tyes\t1\t2\t0\t-\t-\t-\t-\n",
                             "tank\tfilesystem\t-\t/\tyes\t1\t2\t0\t-\t-\t-\t-\t-\t-\n",
                             "tank\tvolume\t-\t/\tyes\t1\t2\t0\t-\t-\t-\t-\t-\n",
                             "tank\tfilesystem\t-\t/\tyes\t1\t2K\t0\t-\t-\t-\t-\t-\n",
                             "tank\tfilesystem\t-\t/\tyes\t1\t2\t1M\t-\t-\t-\t-\t-\n",
                             "tank\tfilesystem\t-\t/\tyes\t-1\t2\t0\t-\t-\t-\t-\t-\n"}) {
        const auto entries = parse_zfs_list(text);
        ASSERT_FALSE(entries) << text;
        EXPECT_EQ(entries.error().kind, ErrorKind::Internal);
    }
}

TEST(ZfsErrorTest, KnowsWhatZfsMeans) {
    const auto kind = [](const char* said) { return zfs_error(1, said).kind; };
    EXPECT_EQ(kind("cannot open 'x': dataset does not exist\n"), ErrorKind::NotFound);
    EXPECT_EQ(kind("cannot create 'x': dataset already exists\n"), ErrorKind::Conflict);
    EXPECT_EQ(kind("cannot unmount '/x': pool or dataset is busy\n"), ErrorKind::Conflict);
    EXPECT_EQ(kind("cannot create 'x': permission denied\n"), ErrorKind::PermissionDenied);
    EXPECT_EQ(kind("Permission denied the ZFS utilities must be run as root.\n"),
              ErrorKind::PermissionDenied);
    EXPECT_EQ(kind("cannot create 'x': out of space\n"), ErrorKind::ResourceExhausted);
    EXPECT_EQ(kind("cannot set property for 'x': size is less than current used or reserved space\n"),
              ErrorKind::Conflict);
    EXPECT_EQ(kind("cannot destroy 'x': something new\n"), ErrorKind::Internal);
}

TEST(ZfsErrorTest, SaysWhatWasSaidButNotHowToForceIt) {
    EXPECT_EQ(zfs_error(1,
                        "cannot destroy 'a': filesystem has dependent clones\n"
                        "use '-R' to destroy the following datasets:\nb\n")
                  .message,
              "cannot destroy 'a': filesystem has dependent clones");
    EXPECT_EQ(zfs_error(2, "cannot open 'a': dataset does not exist\nusage:\n\tsnapshot ...\n").message,
              "cannot open 'a': dataset does not exist");
    EXPECT_EQ(zfs_error(139, "").message, "ended with status 139 and no words");
    EXPECT_EQ(zfs_error(1, "one\ntwo\n").message, "one; two");
}

TEST(ZfsTest, NamesTheCallThatFailed) {
    const Zfs missing("/nowhere/zfs");
    const auto refused = missing.snapshot("tank/a@1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(refused.error().message.find("zfs snapshot: "), 0U) << refused.error().message;
}

TEST(HostProgramTest, KeepsStatusAndBothStreams) {
    const auto end =
        run_host_program({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"}, milliseconds(30'000));
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->status, 7);
    EXPECT_EQ(end->output, "out\n");
    EXPECT_EQ(end->errors, "err\n");
    const auto killed = run_host_program({"/bin/sh", "-c", "kill -9 $$"}, milliseconds(30'000));
    ASSERT_TRUE(killed);
    EXPECT_EQ(killed->status, 128 + 9);
}

TEST(HostProgramTest, PassesWordsAsTheyAre) {
    const std::string odd = "a b; echo $HOME `id` 'x' \n \\";
    const auto end =
        run_host_program({"/bin/sh", "-c", R"(printf %s "$1")", "sh", odd}, milliseconds(30'000));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->output, odd);
}

TEST(HostProgramTest, TakesMoreThanAPipeHolds) {
    const auto end = run_host_program(
        {"/bin/sh", "-c",
         "dd if=/dev/zero bs=65536 count=32 2>/dev/null; dd if=/dev/zero bs=65536 count=32 >&2"},
        milliseconds(30'000));
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->output.size(), 65536U * 32);
    EXPECT_GE(end->errors.size(), 65536U * 32);
}

TEST(HostProgramTest, EndsOneThatDoesNot) {
    const auto end = run_host_program({"/bin/sh", "-c", "exec sleep 1000"}, milliseconds(50));
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().kind, ErrorKind::Timeout);
}

}  // namespace
}  // namespace potd::platform
