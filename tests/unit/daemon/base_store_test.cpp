#include "tests/support/archive_writer.hpp"
#include "tests/unit/daemon/base_store_fixture.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using core::BaseSource;
using test::read_file;
using test::write_file;

class TreeBaseStoreTest : public BaseStoreFixture {};

TEST_F(TreeBaseStoreTest, CopiesADirectoryAndCompletesIt) {
    write_file(dir_ / "source/bin/tool", std::string(100'000, 'x'));
    fs::create_directories(dir_ / "source/etc");
    fs::create_symlink("../run/resolv.conf", dir_ / "source/etc/resolv.conf");
    write_file(dir_ / "source/etc/hosts", "kept");
    fs::permissions(dir_ / "source", fs::perms::owner_all);
    const auto made = install(request(BaseSource::Directory, (dir_ / "source").string(), "mine"));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made.value().name, "mine");
    EXPECT_EQ(made.value().path, base("mine").string());
    EXPECT_EQ(made.value().origin, (dir_ / "source").string());
    EXPECT_GE(made.value().size, 100'000);
    EXPECT_GT(made.value().created_at.ms, 0);
    EXPECT_TRUE(fs::exists(base("mine/bin/tool")));
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(base("mine/etc/resolv.conf"))));
    EXPECT_TRUE(fs::is_empty(base("mine/etc/resolv.conf")));
    EXPECT_EQ(read_file(base("mine/etc/hosts")), "kept");
    EXPECT_EQ(fs::status(base("mine")).permissions(), fs::perms(0755));
    for (const char* place : {"proc", "dev", "tmp", "var/tmp", "root"}) {
        EXPECT_TRUE(fs::is_directory(base("mine") / place)) << place;
    }
    EXPECT_EQ(fs::status(base("mine/tmp")).permissions(), fs::perms(01777));
}

TEST_F(TreeBaseStoreTest, UnpacksATarball) {
    {
        test::ArchiveWriter writer(dir_ / "root.tar.gz", archive_write_set_format_ustar,
                                   archive_write_add_filter_gzip);
        writer.file("bin/sh", "shell", 0755);
    }
    const auto made = install(request(BaseSource::Tarball, (dir_ / "root.tar.gz").string(), "tar"));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(read_file(base("tar/bin/sh")), "shell");
    const auto size = static_cast<std::int64_t>(fs::file_size(dir_ / "root.tar.gz"));
    const std::string message = "unpacks " + (dir_ / "root.tar.gz").string();
    EXPECT_EQ(progress_.front(), (core::OperationProgress{0, size, "bytes", message}));
    EXPECT_EQ(progress_.back(), (core::OperationProgress{size, size, "bytes", message}));
    EXPECT_TRUE(fs::exists(base("tar/etc/hostname")));
}

TEST_F(TreeBaseStoreTest, LeavesNothingOfAHostileTarball) {
    {
        test::ArchiveWriter writer(dir_ / "evil.tar");
        writer.file("fine", "x");
        writer.file("../../evil", "x");
    }
    const auto refused = install(request(BaseSource::Tarball, (dir_ / "evil.tar").string(), "evil"));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("../../evil"), std::string::npos);
    EXPECT_TRUE(bases().empty());
    EXPECT_FALSE(fs::exists(dir_ / "state/evil"));
    ASSERT_TRUE(loop_.run_until([this] { return fs::is_empty(dir_ / "state/trash"); }));
}

TEST_F(TreeBaseStoreTest, RefusesWhatIsNoRequest) {
    const auto field_of = [this](const core::BaseRequest& wrong) {
        const auto refused = install(wrong);
        return refused ? "installed" : refused.error().field;
    };
    EXPECT_EQ(field_of(request(BaseSource::Release, "")), "release");
    EXPECT_EQ(field_of(request(BaseSource::Release, "--foreign")), "release");
    EXPECT_EQ(field_of(request(BaseSource::Release, "a b")), "release");
    EXPECT_EQ(field_of(request(BaseSource::Release, "../x")), "release");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, "relative.tar", "x")), "tarball");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, (dir_ / "missing.tar").string(), "x")), "tarball");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, dir_.path().string(), "x")), "tarball");
    EXPECT_EQ(field_of(request(BaseSource::Directory, "/dev/null", "x")), "directory");
    EXPECT_EQ(field_of(request(BaseSource::Directory, dir_.path().string(), "x")), "directory")
        << "holds the state";
    EXPECT_EQ(field_of(request(BaseSource::Directory, "/usr/share/doc", "../x")), "name");
    EXPECT_TRUE(bases().empty());
}

TEST_F(TreeBaseStoreTest, RefusesANameThatIsTaken) {
    write_file(dir_ / "source/file", "x");
    const auto wanted = request(BaseSource::Directory, (dir_ / "source").string(), "mine");
    ASSERT_TRUE(install(wanted));
    EXPECT_EQ(install(wanted).error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(bases(), std::vector<std::string>{"mine"});
}

TEST_F(TreeBaseStoreTest, RemovesIdempotently) {
    write_file(dir_ / "source/file", "x");
    const auto made = install(request(BaseSource::Directory, (dir_ / "source").string(), "mine"));
    ASSERT_TRUE(made);
    for (int time = 0; time < 2; ++time) {
        std::optional<core::Status> removed;
        store_->remove(made.value(), [&](core::Result<void> result) { removed = std::move(result); });
        ASSERT_TRUE(loop_.run_until([&] { return removed.has_value(); }));
        EXPECT_TRUE(*removed);
        EXPECT_TRUE(bases().empty());
    }
    ASSERT_TRUE(loop_.run_until([this] { return fs::is_empty(dir_ / "state/trash"); }));
}

TEST_F(TreeBaseStoreTest, SweepsHalfMadeAndUnknownBases) {
    write_file(dir_ / "state/bases/.tmp-half-1/file", "x");
    write_file(dir_ / "state/bases/unknown/file", "x");
    write_file(dir_ / "state/bases/known/file", "x");
    open();
    core::Base known;
    known.name = "known";
    ASSERT_TRUE(store_->sweep({known}));
    EXPECT_EQ(bases(), std::vector<std::string>{"known"});
}

}  // namespace
}  // namespace potd::platform
