// Bases as Linux has them: of debootstrap, and of the machine itself.
#include "tests/unit/daemon/base_store_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using core::BaseSource;
using test::read_file;
using test::write_file;

class LinuxBaseStoreTest : public BaseStoreFixture {
  protected:
    /// The stand-in gets the suite as $2, the target as $3, the mirror as $4.
    void stand_in_for_debootstrap(const std::string& body) {
        write_file(dir_ / "debootstrap", "#!/bin/sh\n" + body);
        fs::permissions(dir_ / "debootstrap", fs::perms::owner_all);
    }
};

TEST_F(LinuxBaseStoreTest, MakesThePlacesOfLinux) {
    write_file(dir_ / "source/bin/tool", "x");
    ASSERT_TRUE(install(request(BaseSource::Directory, (dir_ / "source").string(), "mine")));
    for (const char* place : {"sys", "run"}) EXPECT_TRUE(fs::is_directory(base("mine") / place)) << place;
}

TEST_F(LinuxBaseStoreTest, RefusesAMirrorThatIsNone) {
    auto wrong = request(BaseSource::Release, "bookworm");
    wrong.mirror = "--keyring=/x";
    const auto refused = install(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "mirror");
    EXPECT_TRUE(bases().empty());
}

TEST_F(LinuxBaseStoreTest, RunsDebootstrap) {
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

TEST_F(LinuxBaseStoreTest, AsksTheMirrorOfTheRequestThenOfTheMachine) {
    stand_in_for_debootstrap("mkdir -p $3/etc; echo \"$4\"\n");
    write_file(dir_ / "apt/sources.list", "deb http://machine.example/debian trixie main\n");
    ASSERT_TRUE(install(request(BaseSource::Release, "trixie")));
    auto asked = request(BaseSource::Release, "sid");
    asked.mirror = "https://request.example/debian";
    ASSERT_TRUE(install(asked));
    EXPECT_EQ(lines_,
              (std::vector<std::string>{"http://machine.example/debian", "https://request.example/debian"}));
}

TEST_F(LinuxBaseStoreTest, TellsWhyDebootstrapFailed) {
    stand_in_for_debootstrap("mkdir -p $3/half; echo 'I: fine'; echo 'E: no such suite'; exit 3\n");
    const auto failed = install(request(BaseSource::Release, "nosuch"));
    ASSERT_FALSE(failed);
    EXPECT_NE(failed.error().message.find("E: no such suite"), std::string::npos) << failed.error().message;
    EXPECT_EQ(failed.error().message.find("I: fine"), std::string::npos);
    EXPECT_TRUE(bases().empty());
}

TEST_F(LinuxBaseStoreTest, SaysWhatToInstallIfDebootstrapIsMissing) {
    const auto failed = install(request(BaseSource::Release, "bookworm"));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, core::ErrorKind::Unsupported);
    EXPECT_NE(failed.error().message.find("install the package debootstrap"), std::string::npos);
}

TEST_F(LinuxBaseStoreTest, EndsARunningInstallationWhenStopped) {
    stand_in_for_debootstrap("echo started; mkfifo $3/fifo; cat $3/fifo\n");
    start(request(BaseSource::Release, "bookworm"));
    ASSERT_TRUE(loop_.run_until([this] { return !lines_.empty(); }));
    store_->stop();
    ASSERT_TRUE(loop_.run_until([this] { return result_.has_value(); }));
    EXPECT_EQ(result_->error().kind, core::ErrorKind::Cancelled);
    EXPECT_TRUE(bases().empty());
}

TEST_F(LinuxBaseStoreTest, ComposesTheHost) {
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

TEST_F(LinuxBaseStoreTest, RepliesToNobodyAfterItsEnd) {
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
