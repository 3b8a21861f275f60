#include "daemon/platform/posix/archive_pack.hpp"

#include "daemon/platform/posix/archive_unpack.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "tests/support/archive_writer.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::TempDir;
using test::write_file;
using ::testing::HasSubstr;

class ArchivePackTest : public ::testing::Test {
  protected:
    ArchivePackTest() {
        for (const char* name : {"root", "target", "outside"}) fs::create_directory(dir_ / name);
        write_file(dir_ / "outside/file", "untouched");
    }
    [[nodiscard]] fs::path root(const std::string& name) const { return dir_ / "root" / name; }
    [[nodiscard]] fs::path target(const std::string& name) const { return dir_ / "target" / name; }

    core::Status pack(const std::string& path, std::uint32_t first_id = 0) {
        const UniqueFd fd = open_directory((dir_ / "root").string()).value();
        archive_.clear();
        PackOptions options;
        options.first_id = first_id;
        options.write = [this](const std::string& piece) {
            archive_ += piece;
            return core::Status();
        };
        return pack_archive(fd.get(), path, options);
    }
    /// The archive comes in pieces of this size.
    core::Status unpack(const std::string& rename = {}, std::size_t piece = 1000,
                        const UnpackOptions& options = {}) {
        const UniqueFd fd = open_directory((dir_ / "target").string()).value();
        UnpackInto into;
        into.rename = rename;
        into.next = [this, piece, at = std::size_t{0}]() mutable -> core::Result<std::optional<std::string>> {
            if (at >= archive_.size())
                return broken_ ? core::Result<std::optional<std::string>>(*broken_)
                               : std::optional<std::string>();
            at += piece;
            return std::optional<std::string>(archive_.substr(at - piece, piece));
        };
        return unpack_into(into, fd.get(), options, count_);
    }
    void write(const std::function<void(test::ArchiveWriter&)>& fill) {
        {
            test::ArchiveWriter writer(dir_ / "archive");
            fill(writer);
        }
        archive_ = read_file(dir_ / "archive");
    }
    void expect_refusal(const std::string& word, const std::function<void(test::ArchiveWriter&)>& fill) {
        write([&](test::ArchiveWriter& writer) {
            writer.file("first", "1");
            fill(writer);
        });
        const auto outcome = unpack();
        ASSERT_FALSE(outcome) << word;
        EXPECT_EQ(outcome.error().kind, core::ErrorKind::InvalidArgument) << outcome.error().message;
        EXPECT_THAT(outcome.error().message, HasSubstr(word));
        EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
        EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "outside"), fs::directory_iterator()), 1);
        EXPECT_EQ(read_file(target("first")), "1") << "what came before stays";
    }
    static struct stat about(const fs::path& path) {
        struct stat result {};
        EXPECT_EQ(::lstat(path.c_str(), &result), 0) << path;
        return result;
    }

    TempDir dir_;
    std::string archive_;
    UnpackCount count_;
    std::optional<core::Error> broken_;
};

TEST_F(ArchivePackTest, WhatIsPackedComesBackAsItWas) {
    const std::string deep = std::string(80, 'd') + "/" + std::string(90, 'e');
    fs::create_directories(root("tree/" + deep));
    write_file(root("tree/" + deep + "/file"), std::string(700'000, 'x'));
    write_file(root("tree/one"), "1");
    write_file(root("tree/empty"), "");
    ::chmod(root("tree/one").c_str(), 04751);
    ::chmod(root("tree").c_str(), 01770);
    fs::create_hard_link(root("tree/one"), root("tree/two"));
    fs::create_symlink("/nowhere/" + std::string(200, 'n'), root("tree/link"));
    ASSERT_EQ(::mkfifo(root("tree/pipe").c_str(), 0640), 0);
    const timespec times[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, root("tree/one").c_str(), times, 0), 0);
    const bool attributes = ::setxattr(root("tree/one").c_str(), "user.note", "hi\nyou", 6, 0) == 0;
    ASSERT_TRUE(pack("/tree"));
    EXPECT_EQ(archive_.size() % 512, 0U);
    ASSERT_TRUE(unpack());
    EXPECT_EQ(read_file(target("tree/" + deep + "/file")), std::string(700'000, 'x'));
    EXPECT_EQ(read_file(target("tree/empty")), "");
    EXPECT_EQ(about(target("tree/one")).st_mode & 07777U, 04751U);
    EXPECT_EQ(about(target("tree")).st_mode & 07777U, 01770U);
    EXPECT_EQ(about(target("tree/one")).st_mtime, 1'000'000'000);
    EXPECT_EQ(about(target("tree/one")).st_ino, about(target("tree/two")).st_ino);
    EXPECT_EQ(fs::read_symlink(target("tree/link")), fs::read_symlink(root("tree/link")));
    EXPECT_TRUE(S_ISFIFO(about(target("tree/pipe")).st_mode));
    std::string note(6, '\0');
    if (attributes) {
        EXPECT_EQ(::getxattr(target("tree/one").c_str(), "user.note", note.data(), 6), 6);
        EXPECT_EQ(note, "hi\nyou");
    }
    EXPECT_EQ(count_.bytes, 700'001);
}

TEST_F(ArchivePackTest, TarReadsIt) {
    fs::create_directories(root("tree"));
    write_file(root("tree/" + std::string(150, 'l')), "content");
    fs::create_symlink("one", root("tree/link"));
    ASSERT_TRUE(pack("/tree"));
    write_file(dir_ / "archive", archive_);
    const std::string line = "cd '" + dir_.path().string() + "' && tar -tf archive >list 2>&1";
    // NOLINTNEXTLINE(cert-env33-c, concurrency-mt-unsafe): the tar of whoever gets the archive
    EXPECT_EQ(std::system(line.c_str()), 0);
    EXPECT_EQ(read_file(dir_ / "list"), "tree/\ntree/link\ntree/" + std::string(150, 'l') + "\n");
}

TEST_F(ArchivePackTest, NamesFollowTheLastComponent) {
    fs::create_directories(root("a/b"));
    write_file(root("a/b/file"), "1");
    ASSERT_TRUE(pack("/a/b/"));
    ASSERT_TRUE(unpack());
    EXPECT_TRUE(fs::exists(target("b/file")));
    ASSERT_TRUE(pack("/a/b/."));
    ASSERT_TRUE(unpack());
    EXPECT_TRUE(fs::exists(target("file")));
    ASSERT_TRUE(pack("/a/b/file"));
    ASSERT_TRUE(unpack("other"));
    EXPECT_EQ(read_file(target("other")), "1");
    ASSERT_TRUE(pack("/"));
    ASSERT_TRUE(unpack());
    EXPECT_TRUE(fs::exists(target("a/b/file")));
}

TEST_F(ArchivePackTest, LinksLeadNowhereOutside) {
    fs::create_symlink(dir_ / "outside", root("out"));
    fs::create_symlink("../../../../../.." + (dir_ / "outside").string(), root("up"));
    EXPECT_EQ(pack("/out/file").error().os_error, ENOENT);
    EXPECT_EQ(pack("/up/file").error().os_error, ENOENT);
    ASSERT_TRUE(pack("/out")) << "a symlink itself is packed";
    ASSERT_TRUE(unpack());
    EXPECT_EQ(fs::read_symlink(target("out")), dir_ / "outside");
    EXPECT_EQ(count_.entries, 1);
}

TEST_F(ArchivePackTest, OwnersAreThoseOfThePotsNamespace) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    write_file(root("own"), "");
    write_file(root("foreign"), "");
    ASSERT_EQ(::chown(root("own").c_str(), 1'000'005, 1'000'006), 0);
    ASSERT_EQ(::chown(root("foreign").c_str(), 7, 7), 0);
    ASSERT_TRUE(pack("/.", 1'000'000));
    ASSERT_TRUE(unpack());
    EXPECT_EQ(about(target("own")).st_uid, 5U);
    EXPECT_EQ(about(target("own")).st_gid, 6U);
    EXPECT_EQ(about(target("foreign")).st_uid, 65'534U);
}

TEST_F(ArchivePackTest, SaysWhatCannotBePacked) {
    const UniqueFd fd = open_directory((dir_ / "root").string()).value();
    write_file(root("file"), "");
    EXPECT_TRUE(check_packable(fd.get(), "/file"));
    EXPECT_EQ(check_packable(fd.get(), "/missing").error().os_error, ENOENT);
    EXPECT_EQ(check_packable(fd.get(), "/file/below").error().os_error, ENOTDIR);
    EXPECT_TRUE(shows_the_kernel(open_directory("/proc")->get()));
    EXPECT_FALSE(shows_the_kernel(fd.get()));
}

TEST_F(ArchivePackTest, AFileThatTheKernelMakesUpIsNotReadWithTheHostsRights) {
    if (!fs::exists("/proc/version")) GTEST_SKIP() << "needs procfs";
    const UniqueFd host = open_directory("/").value();
    const core::Status refused = check_packable(host.get(), "/proc/version");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Conflict);
    PackOptions options;
    options.write = [this](const std::string& piece) {
        archive_ += piece;
        return core::Status();
    };
    ASSERT_TRUE(pack_archive(host.get(), "/proc/version", options));
    EXPECT_EQ(archive_.find("Linux"), std::string::npos) << "nor where it got there after the look";
}

TEST_F(ArchivePackTest, HostileArchivesStayInside) {
    expect_refusal("..", [](auto& writer) { writer.file("../escaped", "x"); });
    expect_refusal("absolute", [](auto& writer) { writer.file("/escaped", "x"); });
    expect_refusal("device", [](auto& writer) { writer.device("null", AE_IFCHR, 1, 3); });
    expect_refusal("device", [](auto& writer) { writer.device("dev/null", AE_IFCHR, 1, 3); });
    expect_refusal("device", [](auto& writer) { writer.device("disk", AE_IFBLK, 8, 0); });
    expect_refusal("hard", [&](auto& writer) { writer.hardlink("link", "../outside/file"); });
    expect_refusal("did not bring", [&](auto& writer) { writer.hardlink("link", "nothing"); });
    expect_refusal("leads out", [&](auto& writer) {
        writer.symlink("away", (dir_ / "outside").string());
        writer.file("away/file", "x");
    });
    fs::create_symlink(dir_ / "outside", target("planted"));
    expect_refusal("leads out", [](auto& writer) { writer.file("planted/file", "x"); });
}

TEST_F(ArchivePackTest, AnEntryReplacesAFileButNoDirectory) {
    fs::create_symlink(dir_ / "outside/file", target("link"));
    fs::create_directories(target("directory/full"));
    write([](auto& writer) {
        writer.file("link", "new");
        writer.directory("directory", 0711);
    });
    ASSERT_TRUE(unpack());
    EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
    EXPECT_EQ(read_file(target("link")), "new");
    EXPECT_TRUE(fs::is_directory(target("directory/full")));
    EXPECT_EQ(about(target("directory")).st_mode & 07777U, 0711U);
    expect_refusal("would replace a directory", [](auto& writer) { writer.file("directory", "x"); });
}

TEST_F(ArchivePackTest, BombsAreCutOff) {
    write([](auto& writer) {
        writer.file("one", std::string(300'000, '\0'));
        writer.file("two", std::string(300'000, '\0'));
    });
    UnpackOptions options;
    options.max_bytes = 400'000;
    const auto outcome = unpack({}, 1000, options);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::TooLarge);
    EXPECT_EQ(count_.entries, 1);
}

TEST_F(ArchivePackTest, AnErrorOfTheSourceIsTheError) {
    write([](auto& writer) { writer.file("one", std::string(300'000, 'x')); });
    archive_.resize(archive_.size() / 2);
    broken_ = core::error(core::ErrorKind::Cancelled, "the client is gone");
    const auto outcome = unpack();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::Cancelled) << outcome.error().message;
    broken_.reset();
    EXPECT_EQ(unpack().error().kind, core::ErrorKind::InvalidArgument) << "it is only cut off";
    archive_ = "this is no archive at all";
    EXPECT_EQ(unpack().error().kind, core::ErrorKind::InvalidArgument);
}

/// A pot that moves directories about while something is copied into it.
TEST_F(ArchivePackTest, NobodyInsideLeadsItAway) {
    write([](auto& writer) {
        for (int i = 0; i < 20; ++i) writer.file("a/b/" + std::to_string(i), "content");
    });
    std::atomic<bool> over = false;
    std::int64_t entries = 0;
    {
        const test::JoiningThread mover([&] {
            const fs::path a = target("a");
            std::error_code ignored;
            for (int i = 0; !over; ++i) {
                fs::rename(a, target("moved" + std::to_string(i)), ignored);
                fs::create_symlink(dir_ / "outside", a, ignored);
                fs::remove(a, ignored);
            }
        });
        // On a busy machine the other one may be ahead of it for long.
        for (int i = 0; i < 300 || (entries == 0 && i < 100'000); ++i) {
            static_cast<void>(unpack());
            entries += count_.entries;
        }
        over = true;
    }
    EXPECT_EQ(
        std::distance(fs::recursive_directory_iterator(dir_ / "outside"), fs::recursive_directory_iterator()),
        1);
    EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
    EXPECT_GT(entries, 0);
}

}  // namespace
}  // namespace potd::platform
