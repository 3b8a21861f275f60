#include "daemon/platform/posix/base_store.hpp"

#include "tests/support/archive_writer.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using core::BaseSource;
using test::read_file;
using test::TempDir;
using test::write_file;

class TreeBaseStoreTest : public testing::Test {
  protected:
    TreeBaseStoreTest() {
        fs::create_directories(dir_ / "state");
        options_.state_dir = (dir_ / "state").string();
        options_.package_sources = (dir_ / "apt").string();
        options_.host_root = (dir_ / "host").string();
        options_.installer = (dir_ / "debootstrap").string();
    }

    /// The stand-in gets the suite as $2, the target as $3, the mirror as $4.
    void stand_in_for_debootstrap(const std::string& body) {
        write_file(dir_ / "debootstrap", "#!/bin/sh\n" + body);
        fs::permissions(dir_ / "debootstrap", fs::perms::owner_all);
    }
    void open() {
        auto opened = TreeBaseStore::open(loop_, options_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(opened).value();
    }
    void start(const core::BaseRequest& request) {
        if (!store_) open();
        result_.reset();
        store_->install(
            request,
            [this](const core::OperationProgress& now) {
                lines_.push_back(now.message);
                progress_.push_back(now);
            },
            [this](core::Result<core::Base> result) { result_ = std::move(result); });
        EXPECT_FALSE(result_) << "replied before install returned";
    }
    core::Result<core::Base> install(const core::BaseRequest& request) {
        start(request);
        if (!loop_.run_until([this] { return result_.has_value(); })) {
            return core::error(core::ErrorKind::Timeout, "no reply");
        }
        return *result_;
    }
    core::BaseRequest request(BaseSource source, const std::string& path = {},
                              const std::string& name = {}) const {
        core::BaseRequest result;
        result.source = source;
        result.name = name;
        (source == BaseSource::Release ? result.release : result.path) = path;
        return result;
    }
    std::vector<std::string> bases() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(dir_ / "state/bases")) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
    fs::path base(const std::string& path) const { return dir_ / "state/bases" / path; }

    TempDir dir_;
    test::PollLoop loop_;
    BaseOptions options_;
    std::unique_ptr<TreeBaseStore> store_;
    std::vector<std::string> lines_;
    std::vector<core::OperationProgress> progress_;
    std::optional<core::Result<core::Base>> result_;
};

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
    for (const char* place : {"proc", "sys", "dev", "run", "tmp", "var/tmp", "root"}) {
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

TEST_F(TreeBaseStoreTest, RunsDebootstrap) {
    stand_in_for_debootstrap(
        "echo \"I: $1 $2 $4\"; echo 'I: second' >&2\n"
        "mkdir -p $3/etc $3/dev $3/var/cache/apt/archives/partial\n"
        "echo x > $3/dev/node; echo x > $3/var/cache/apt/archives/a.deb\n"
        "echo secret-host > $3/etc/hostname; echo nameserver > $3/etc/resolv.conf\n"
        "test ! -t 0 && ! read line && test -z \"$SECRET\" && echo done > $3/etc/ok\n");
    ASSERT_EQ(::setenv("SECRET", "x", 1), 0);  // NOLINT(concurrency-mt-unsafe): no other thread yet
    options_.mirror = "http://mirror.example/debian";
    const auto made = install(request(BaseSource::Release, "bookworm"));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made.value().name, "bookworm");
    EXPECT_EQ(made.value().origin, "bookworm");
    EXPECT_EQ(lines_, (std::vector<std::string>{"I: --variant=minbase bookworm http://mirror.example/debian",
                                                "I: second"}));
    EXPECT_TRUE(fs::exists(base("bookworm/etc/ok")))
        << "terminal, input or environment of potd were passed on";
    EXPECT_TRUE(fs::is_empty(base("bookworm/dev")));
    EXPECT_TRUE(fs::is_empty(base("bookworm/var/cache/apt/archives/partial")));
    EXPECT_FALSE(fs::exists(base("bookworm/var/cache/apt/archives/a.deb")));
    EXPECT_TRUE(fs::is_empty(base("bookworm/etc/hostname")));
    EXPECT_TRUE(fs::is_empty(base("bookworm/etc/resolv.conf")));
}

TEST_F(TreeBaseStoreTest, AsksTheMirrorOfTheRequestThenOfTheMachine) {
    stand_in_for_debootstrap("mkdir -p $3/etc; echo \"$4\"\n");
    write_file(dir_ / "apt/sources.list", "deb http://machine.example/debian trixie main\n");
    ASSERT_TRUE(install(request(BaseSource::Release, "trixie")));
    auto asked = request(BaseSource::Release, "sid");
    asked.mirror = "https://request.example/debian";
    ASSERT_TRUE(install(asked));
    EXPECT_EQ(lines_,
              (std::vector<std::string>{"http://machine.example/debian", "https://request.example/debian"}));
}

TEST_F(TreeBaseStoreTest, TellsWhyDebootstrapFailed) {
    stand_in_for_debootstrap("mkdir -p $3/half; echo 'I: fine'; echo 'E: no such suite'; exit 3\n");
    const auto failed = install(request(BaseSource::Release, "nosuch"));
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("E: no such suite"), std::string::npos) << failed.error().message;
    EXPECT_EQ(failed.error().message.find("I: fine"), std::string::npos);
    EXPECT_TRUE(bases().empty());
}

TEST_F(TreeBaseStoreTest, SaysWhatToInstallIfDebootstrapIsMissing) {
    const auto failed = install(request(BaseSource::Release, "bookworm"));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, core::ErrorKind::Unsupported);
    EXPECT_NE(failed.error().message.find("install the package debootstrap"), std::string::npos);
}

TEST_F(TreeBaseStoreTest, EndsARunningInstallationWhenStopped) {
    stand_in_for_debootstrap("echo started; mkfifo $3/fifo; cat $3/fifo\n");
    start(request(BaseSource::Release, "bookworm"));
    ASSERT_TRUE(loop_.run_until([this] { return !lines_.empty(); }));
    store_->stop();
    ASSERT_TRUE(loop_.run_until([this] { return result_.has_value(); }));
    EXPECT_EQ(result_->error().kind, core::ErrorKind::Cancelled);
    EXPECT_TRUE(bases().empty());
}

TEST_F(TreeBaseStoreTest, ComposesTheHost) {
    const fs::path host = dir_ / "host";
    write_file(host / "usr/bin/tool", "x");
    fs::create_symlink("usr/bin", host / "bin");
    write_file(host / "lib64/ld.so", "a directory of its own");
    write_file(host / "etc/passwd", "root:x:0:0::/root:/bin/sh\nold:$1$hash:5:5::/:/bin/sh\n");
    write_file(host / "etc/shadow", "root:$6$hash:1::::::\n");
    write_file(host / "etc/ssl/certs/ca.pem", "certificate");
    write_file(host / "etc/ssl/private/key.pem", "key");
    write_file(host / "etc/ssl/certs/hidden.pem", "key");
    fs::permissions(host / "etc/ssl/certs/hidden.pem", fs::perms::owner_read);
    write_file(host / "etc/resolv.conf", "nameserver 192.0.2.1");
    fs::create_symlink("/usr/share/zoneinfo/UTC", host / "etc/localtime");
    const auto made = install(request(BaseSource::Host));
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made.value().name, "host");
    EXPECT_EQ(made.value().binds, (std::vector<core::BaseBind>{{(host / "usr").string(), "/usr"},
                                                               {(host / "lib64").string(), "/lib64"}}));
    EXPECT_EQ(fs::read_symlink(base("host/bin")), "usr/bin");
    EXPECT_TRUE(fs::is_empty(base("host/usr")));
    EXPECT_TRUE(fs::is_empty(base("host/lib64")));
    EXPECT_EQ(read_file(base("host/etc/passwd")), "root:x:0:0::/root:/bin/sh\nold:x:5:5::/:/bin/sh\n");
    EXPECT_TRUE(fs::exists(base("host/etc/ssl/certs/ca.pem")));
    EXPECT_EQ(fs::read_symlink(base("host/etc/localtime")), "/usr/share/zoneinfo/UTC");
    EXPECT_TRUE(fs::is_empty(base("host/etc/resolv.conf")));
    EXPECT_EQ(fs::read_symlink(base("host/var/run")), "/run");
    for (const char* secret : {"etc/shadow", "etc/ssl/private", "etc/ssl/certs/hidden.pem"}) {
        EXPECT_FALSE(fs::exists(base("host") / secret)) << secret;
    }
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
    auto mirror = request(BaseSource::Release, "bookworm");
    mirror.mirror = "--keyring=/x";
    EXPECT_EQ(field_of(mirror), "mirror");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, "relative.tar", "x")), "path");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, (dir_ / "missing.tar").string(), "x")), "path");
    EXPECT_EQ(field_of(request(BaseSource::Tarball, dir_.path().string(), "x")), "path");
    EXPECT_EQ(field_of(request(BaseSource::Directory, "/dev/null", "x")), "path");
    EXPECT_EQ(field_of(request(BaseSource::Directory, dir_.path().string(), "x")), "path")
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

TEST_F(TreeBaseStoreTest, RepliesToNobodyAfterItsEnd) {
    stand_in_for_debootstrap("mkdir -p $3/etc\n");
    start(request(BaseSource::Release, "bookworm"));
    store_.reset();
    bool posted = false;
    loop_.blocking([] {}, [&] { posted = true; });
    ASSERT_TRUE(loop_.run_until([&] { return posted; }));
    EXPECT_FALSE(result_);
}

}  // namespace
}  // namespace potd::platform
