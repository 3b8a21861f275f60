#include "daemon/platform/posix/archive_unpack.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "tests/support/archive_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <locale.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::ArchiveWriter;
using test::read_file;
using test::TempDir;
using test::write_file;

class ArchiveUnpackTest : public testing::Test {
  protected:
    ArchiveUnpackTest() { fs::create_directory(dir_ / "root"); }

    void write(const std::function<void(ArchiveWriter&)>& fill,
               ArchiveWriter::SetUp format = archive_write_set_format_pax_restricted,
               ArchiveWriter::SetUp filter = archive_write_add_filter_none) {
        ArchiveWriter writer(dir_ / "archive", format, filter);
        fill(writer);
    }
    core::Status unpack(const UnpackOptions& options = {}) const {
        const UniqueFd file(::open((dir_ / "archive").c_str(), O_RDONLY | O_CLOEXEC));
        const UniqueFd root = open_directory((dir_ / "root").string()).value();
        return unpack_archive(file.get(), root.get(), options);
    }
    /// The archive is refused with the entry's name in the message, and nothing appears outside the root.
    void expect_refusal(const std::string& entry, const std::function<void(ArchiveWriter&)>& fill) {
        write(fill);
        write_file(dir_ / "outside/file", "untouched");
        const auto outcome = unpack();
        ASSERT_FALSE(outcome) << entry;
        EXPECT_EQ(outcome.error().kind, core::ErrorKind::InvalidArgument) << outcome.error().message;
        EXPECT_NE(outcome.error().message.find(entry), std::string::npos) << outcome.error().message;
        EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
        EXPECT_EQ(std::distance(fs::directory_iterator(dir_ / "outside"), fs::directory_iterator()), 1);
    }
    fs::path root(const std::string& name) const { return dir_ / "root" / name; }
    struct stat about(const std::string& name) const {
        struct stat result {};
        EXPECT_EQ(::lstat(root(name).c_str(), &result), 0) << name;
        return result;
    }

    TempDir dir_;
};

void fill_small(ArchiveWriter& writer) {
    writer.directory("etc");
    writer.file("etc/hosts", "content");
}

TEST_F(ArchiveUnpackTest, SaysHowMuchOfTheArchiveItHasRead) {
    std::string noise;
    for (std::uint32_t i = 1; noise.size() < 2'000'000; i = i * 1664525 + 1013904223)
        noise.push_back(static_cast<char>(i >> 24U));
    write([&](ArchiveWriter& writer) { writer.file("noise", noise); },
          archive_write_set_format_pax_restricted, archive_write_add_filter_gzip);
    std::vector<std::int64_t> said;
    UnpackOptions options;
    options.read = [&](std::int64_t bytes) { said.push_back(bytes); };
    ASSERT_TRUE(unpack(options));
    EXPECT_TRUE(std::is_sorted(said.begin(), said.end()));
    const std::set<std::int64_t> different(said.begin(), said.end());
    EXPECT_GT(different.size(), 5U) << "one large file is not one step";
    EXPECT_EQ(said.back(), static_cast<std::int64_t>(fs::file_size(dir_ / "archive")));
}

TEST_F(ArchiveUnpackTest, KeepsContentModesTimesAndLinks) {
    write([](ArchiveWriter& writer) {
        writer.directory("./", 0700);
        writer.directory("./bin", 0555);
        writer.file("./bin/su", "su", 04755);
        writer.symlink("./sbin", "bin");
        writer.hardlink("./bin/sudo", "./bin/su");
        writer.symlink("./absolute", "/etc/passwd");
    });
    const auto outcome = unpack();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(read_file(root("bin/su")), "su");
    EXPECT_EQ(about("bin/su").st_mode, S_IFREG | 04755U);
    EXPECT_EQ(about("bin/su").st_nlink, 2U);
    EXPECT_EQ(about("bin").st_mode, S_IFDIR | 0555U);
    EXPECT_EQ(about("bin").st_mtim.tv_sec, 1'000'000) << "later entries must not change it";
    EXPECT_EQ(fs::read_symlink(root("absolute")), "/etc/passwd");
    EXPECT_NE(about(".").st_mode & 07777, 0700U) << "the archive has no say about the root itself";
    fs::permissions(root("bin"), fs::perms::owner_all);
}

TEST_F(ArchiveUnpackTest, KnowsEveryFormat) {
    for (const auto format : {archive_write_set_format_ustar, archive_write_set_format_gnutar,
                              archive_write_set_format_cpio_newc, archive_write_set_format_zip}) {
        fs::remove_all(root("etc"));
        write(fill_small, format);
        const auto outcome = unpack();
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_EQ(read_file(root("etc/hosts")), "content");
    }
}

TEST_F(ArchiveUnpackTest, KnowsEveryCompression) {
    for (const auto filter :
         {archive_write_add_filter_gzip, archive_write_add_filter_bzip2, archive_write_add_filter_xz,
          archive_write_add_filter_zstd, archive_write_add_filter_lz4, archive_write_add_filter_lzip}) {
        fs::remove_all(root("etc"));
        write(fill_small, archive_write_set_format_ustar, filter);
        const auto outcome = unpack();
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_EQ(read_file(root("etc/hosts")), "content");
    }
}

TEST_F(ArchiveUnpackTest, BringsContentWithTheLastNameOfACpioFile) {
    write(
        [](ArchiveWriter& writer) {
            for (const char* path : {"one", "two"}) {
                writer.begin(path, AE_IFREG, 0640);
                archive_entry_set_ino(writer.entry(), 77);
                archive_entry_set_nlink(writer.entry(), 2);
                const std::string_view content = std::string_view(path) == "two" ? "shared" : "";
                archive_entry_set_size(writer.entry(), static_cast<la_int64_t>(content.size()));
                writer.end(content);
            }
        },
        archive_write_set_format_cpio_newc);
    const auto outcome = unpack();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(read_file(root("one")), "shared");
    EXPECT_EQ(about("one").st_ino, about("two").st_ino);
    EXPECT_EQ(about("one").st_mode & 07777, 0640U);
}

/// The daemon's locale is "C"; the writer's need not be.
TEST_F(ArchiveUnpackTest, KeepsNamesOutsideAscii) {
    const std::string name =
        "gr\xc3\xb6\xc3\x9f"
        "e";
    for (const auto format : {archive_write_set_format_ustar, archive_write_set_format_pax}) {
        const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        const locale_t before = ::uselocale(utf8);
        write([&](ArchiveWriter& writer) { writer.file(name, "x"); }, format);
        ::uselocale(before);
        ::freelocale(utf8);
        const auto outcome = unpack();
        ASSERT_TRUE(outcome) << outcome.error().message;
        EXPECT_TRUE(fs::remove(root(name)));
    }
}

TEST_F(ArchiveUnpackTest, KeepsAttributesButNotMarksOfAnOverlay) {
    write([](ArchiveWriter& writer) {
        writer.begin("file", AE_IFREG, 0644);
        archive_entry_xattr_add_entry(writer.entry(), "user.kept", "1", 1);
        archive_entry_xattr_add_entry(writer.entry(), "trusted.overlay.redirect", "/x", 2);
        archive_entry_xattr_add_entry(writer.entry(), "user.overlay.opaque", "y", 1);
        writer.end();
    });
    const auto outcome = unpack();
    ASSERT_TRUE(outcome) << outcome.error().message;
    if (::setxattr(root("file").c_str(), "user.probe", "1", 1, 0) != 0)
        GTEST_SKIP() << "no user attributes here";
    EXPECT_EQ(::getxattr(root("file").c_str(), "user.kept", nullptr, 0), 1);
    EXPECT_EQ(::getxattr(root("file").c_str(), "trusted.overlay.redirect", nullptr, 0), -1);
    EXPECT_EQ(::getxattr(root("file").c_str(), "user.overlay.opaque", nullptr, 0), -1);
}

TEST_F(ArchiveUnpackTest, LetsLaterEntriesReplaceEarlierOnes) {
    write([](ArchiveWriter& writer) {
        writer.file("a", "first");
        writer.symlink("b", "a");
        writer.file("a", "second");
        writer.file("b", "no longer a link");
        writer.symlink("c", "nowhere");
        writer.directory("c");
        writer.directory("d");
        writer.directory("d", 0750);
    });
    ASSERT_TRUE(unpack());
    EXPECT_EQ(read_file(root("a")), "second");
    EXPECT_EQ(read_file(root("b")), "no longer a link");
    EXPECT_TRUE(S_ISDIR(about("c").st_mode));
    EXPECT_EQ(about("d").st_mode & 07777, 0750U);
}

TEST_F(ArchiveUnpackTest, FollowsLinksThatStayInside) {
    write([](ArchiveWriter& writer) {
        writer.directory("usr/lib");
        writer.symlink("lib", "usr/lib");
        writer.file("lib/libc.so", "c");
    });
    const auto outcome = unpack();
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(read_file(root("usr/lib/libc.so")), "c");
}

TEST_F(ArchiveUnpackTest, RefusesPathsThatLeadOut) {
    expect_refusal("/etc/evil", [](ArchiveWriter& writer) { writer.file("/etc/evil", "x"); });
    expect_refusal("../outside/evil", [](ArchiveWriter& writer) { writer.file("../outside/evil", "x"); });
    expect_refusal("a/../../outside/evil",
                   [](ArchiveWriter& writer) { writer.file("a/../../outside/evil", "x"); });
    expect_refusal("..", [](ArchiveWriter& writer) { writer.directory(".."); });
}

TEST_F(ArchiveUnpackTest, RefusesPathsThroughLinksThatLeadOut) {
    expect_refusal("evil/file", [this](ArchiveWriter& writer) {
        writer.symlink("evil", (dir_ / "outside").string());
        writer.file("evil/file", "x");
    });
    expect_refusal("near/file", [](ArchiveWriter& writer) {
        writer.symlink("near", "../outside");
        writer.file("near/file", "x");
    });
    expect_refusal("deep/er/new", [](ArchiveWriter& writer) {
        writer.symlink("one", "..");
        writer.symlink("deep", "one/outside");
        writer.directory("deep/er/new");
    });
}

TEST_F(ArchiveUnpackTest, ReplacesALinkInsteadOfWritingThroughIt) {
    write_file(dir_ / "outside/file", "untouched");
    write([](ArchiveWriter& writer) {
        writer.symlink("file", "../outside/file");
        writer.file("file", "changed");
    });
    ASSERT_TRUE(unpack());
    EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
    EXPECT_EQ(read_file(root("file")), "changed");
}

TEST_F(ArchiveUnpackTest, RefusesHardLinksOut) {
    expect_refusal(
        "got", [this](ArchiveWriter& writer) { writer.hardlink("got", (dir_ / "outside/file").string()); });
    expect_refusal("got", [](ArchiveWriter& writer) { writer.hardlink("got", "../outside/file"); });
    expect_refusal("got", [](ArchiveWriter& writer) {
        writer.symlink("dir", "../outside");
        writer.hardlink("got", "dir/file");
    });
    expect_refusal("got", [](ArchiveWriter& writer) { writer.hardlink("got", "missing"); });
}

TEST_F(ArchiveUnpackTest, NeverWritesThroughAHardLinkToALink) {
    write_file(dir_ / "outside/file", "untouched");
    write([](ArchiveWriter& writer) {
        writer.symlink("link", "../outside/file");
        writer.hardlink("again", "link");
        writer.file("again", "changed");
    });
    ASSERT_TRUE(unpack());
    EXPECT_EQ(read_file(dir_ / "outside/file"), "untouched");
}

TEST_F(ArchiveUnpackTest, RefusesDevicesButThoseAPotGetsAnew) {
    expect_refusal("disk", [](ArchiveWriter& writer) { writer.device("disk", AE_IFBLK, 8, 0); });
    expect_refusal("dev/sda", [](ArchiveWriter& writer) { writer.device("dev/sda", AE_IFBLK, 8, 0); });
    expect_refusal("etc/null", [](ArchiveWriter& writer) { writer.device("etc/null", AE_IFCHR, 1, 3); });
    write([](ArchiveWriter& writer) { writer.device("dev/null", AE_IFCHR, 1, 3); });
    EXPECT_TRUE(unpack());
    EXPECT_FALSE(fs::exists(root("dev/null")));
}

TEST_F(ArchiveUnpackTest, RefusesToReplaceAFullDirectory) {
    expect_refusal("d", [](ArchiveWriter& writer) {
        writer.file("d/file", "x");
        writer.symlink("d", "../outside");
    });
}

TEST_F(ArchiveUnpackTest, RefusesAbsurdDepth) {
    std::string path;
    for (int level = 0; level < 300; ++level) path += "d/";
    expect_refusal("d/d/d", [&](ArchiveWriter& writer) { writer.directory(path); });
}

TEST_F(ArchiveUnpackTest, KeepsToItsLimit) {
    UnpackOptions options;
    options.max_bytes = 1 << 20;
    write([](ArchiveWriter& writer) { writer.file("zeros", std::string(4 << 20, '\0')); },
          archive_write_set_format_ustar, archive_write_add_filter_gzip);
    auto outcome = unpack(options);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::TooLarge);
    EXPECT_NE(outcome.error().message.find("zeros"), std::string::npos);
    write([](ArchiveWriter& writer) {
        for (int i = 0; i < 1000; ++i) writer.file("empty" + std::to_string(i), "");
    });
    outcome = unpack(options);
    ASSERT_FALSE(outcome) << "a million empty files cost, too";
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::TooLarge);
}

TEST_F(ArchiveUnpackTest, SaysWhatIsNoArchive) {
    write_file(dir_ / "archive", "this is a letter, not an archive");
    EXPECT_EQ(unpack().error().kind, core::ErrorKind::InvalidArgument);
    write_file(dir_ / "archive", "");
    EXPECT_EQ(unpack().error().kind, core::ErrorKind::InvalidArgument);
}

TEST_F(ArchiveUnpackTest, NoticesATruncatedArchive) {
    write([](ArchiveWriter& writer) { writer.file("big", std::string(1 << 20, 'x')); });
    fs::resize_file(dir_ / "archive", 300'000);
    const auto outcome = unpack();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, core::ErrorKind::InvalidArgument);
    EXPECT_NE(outcome.error().message.find("big"), std::string::npos) << outcome.error().message;
}

TEST_F(ArchiveUnpackTest, EndsWhenStopped) {
    write(fill_small);
    const std::atomic<bool> stop = true;
    UnpackOptions options;
    options.stop = &stop;
    EXPECT_EQ(unpack(options).error().kind, core::ErrorKind::Cancelled);
}

// What a pot that runs may do to an entry between two calls, as if it had just done it.

TEST_F(ArchiveUnpackTest, TheModeOfAFifoIsNotGivenToWhatALinkInItsPlaceLeadsTo) {
    write_file(dir_ / "outside/file", "untouched");
    ASSERT_EQ(::chmod((dir_ / "outside/file").c_str(), 0600), 0);
    fs::create_symlink(dir_ / "outside/file", root("fifo"));
    struct stat like = about("fifo");
    like.st_mode = S_IFIFO | 04777;
    const UniqueFd directory = open_directory((dir_ / "root").string()).value();
    EXPECT_FALSE(apply_to_entry(directory.get(), "fifo", like));
    EXPECT_EQ(fs::status(dir_ / "outside/file").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    fs::remove(root("fifo"));
    ASSERT_EQ(::mkfifo(root("fifo").c_str(), 0600), 0);
    EXPECT_TRUE(apply_to_entry(directory.get(), "fifo", like));
    EXPECT_EQ(about("fifo").st_mode & 07777U, 04777U) << "as a control";
}

TEST_F(ArchiveUnpackTest, NothingIsWrittenToADeviceInPlaceOfAFile) {
    if (::mknod(root("device").c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0)
        GTEST_SKIP() << "cannot make nodes";
    ASSERT_EQ(::mkfifo(root("fifo").c_str(), 0600), 0);
    write_file(root("file"), "old");
    fs::create_symlink("file", root("link"));
    const UniqueFd directory = open_directory((dir_ / "root").string()).value();
    for (const char* name : {"device", "fifo", "link"})
        EXPECT_FALSE(open_emptied(directory.get(), name)) << name;
    EXPECT_EQ(read_file(root("file")), "old");
    EXPECT_TRUE(open_emptied(directory.get(), "file"));
    EXPECT_EQ(read_file(root("file")), "");
}

}  // namespace
}  // namespace potd::platform
