// Places and times at which potd must refuse to start, say why, and change nothing.
#include "tests/support/host_probe.hpp"
#include "tests/system/fixture.hpp"

#include <filesystem>
#include <memory>

#include <sqlite3.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RefuseTest : public OwnPotdTest {
  protected:
    /// potd as it is started here, but in the foreground of the test, and by `before` if given.
    [[nodiscard]] Outcome run_potd(Argv before = {}) const {
        const Argv words = potd.arguments();
        before.insert(before.end(), words.begin(), words.end());
        ProgramOptions options;
        options.timeout = milliseconds(60'000);
        return run_program(before, options);
    }
    /// A state directory as a potd that lived left it.
    void make_state() {
        start_potd();
        api().create({{"name", "kept"}, {"base", "host"}});
        potd.terminate();
    }
    [[nodiscard]] fs::path database() const {
        for (const auto& file : fs::recursive_directory_iterator(potd.state_dir())) {
            if (read_file(file.path()).rfind("SQLite format 3", 0) == 0) return file.path();
        }
        return {};
    }
    void expect_refused(const Outcome& outcome, const std::string& why) const {
        EXPECT_NE(outcome.status, 0) << outcome.describe();
        EXPECT_FALSE(outcome.timed_out) << outcome.describe();
        EXPECT_THAT(outcome.out + outcome.err, HasSubstr(why));
    }
};

TEST_F(RefuseTest, ADatabaseFromTheFuture) {
    make_state();
    const std::string file = database();
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> owner(handle, sqlite3_close);
    ASSERT_EQ(sqlite3_exec(handle, "PRAGMA journal_mode=DELETE; PRAGMA user_version=9999", nullptr, nullptr,
                           nullptr),
              SQLITE_OK);
    const std::string before = read_file(file);
    expect_refused(run_potd(), "9999");
    EXPECT_TRUE(read_file(file) == before);
}

TEST_F(RefuseTest, ACorruptDatabase) {
    make_state();
    const std::string file = database();
    std::string bytes = read_file(file);
    bytes.replace(20, bytes.size() - 20, bytes.size() - 20, '\x5a');
    write_file(file, bytes);
    expect_refused(run_potd(), file);
    EXPECT_TRUE(read_file(file) == bytes);
}

TEST_F(RefuseTest, AStateDirectoryThatCannotBeWritten) {
    make_state();
    const std::string state = potd.state_dir();
    const Argv read_only =
        resource_mode() == "jail"
            ? Argv{"sh", "-c",
                   "mount -t nullfs -o ro \"$0\" \"$0\" && { \"$@\"; ended=$?; umount \"$0\"; exit $ended; }",
                   state}
            : Argv{"unshare",
                   "--mount",
                   "sh",
                   "-c",
                   "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\"",
                   state};
    expect_refused(run_potd(read_only), state);
}

TEST_F(RefuseTest, ASecondPotdOnOneStateDirectory) {
    start_potd();
    expect_refused(run_potd(), potd.state_dir());
    EXPECT_EQ(api().request("GET", "/v1/health").status, 200);
}

TEST_F(RefuseTest, TheLockEndsWithItsHolder) {
    start_potd();
    potd.kill9();
    potd.start();
    EXPECT_EQ(api().request("GET", "/v1/health").status, 200);
}

TEST_F(RefuseTest, NoRoot) {
    const Argv as_nobody = resource_mode() == "jail"
                               ? Argv{"chroot", "-u", "nobody", "-g", "nobody", "/"}
                               : Argv{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
    if (const std::string reason = lacks_program(as_nobody[0]); !reason.empty()) GTEST_SKIP() << reason;
    fs::permissions(potd.directory(), fs::perms::owner_all | fs::perms::others_all);
    expect_refused(run_potd(as_nobody), "root");
    EXPECT_FALSE(fs::exists(potd.state_dir()));
}

TEST_F(RefuseTest, AStateDirectoryWithoutAParent) {
    ProgramOptions options;
    options.timeout = milliseconds(60'000);
    const Outcome outcome =
        run_program({potd.arguments().front(), "--config", potd.config_file(), "--state-dir",
                     potd.directory() / "no/such/parent/state", "--run-dir", potd.run_dir(), "--foreground"},
                    options);
    expect_refused(outcome, "no/such/parent");
}

TEST_F(RefuseTest, AStateDirectoryThatIsAFile) {
    write_file(potd.state_dir(), "a file\n");
    expect_refused(run_potd(), potd.state_dir());
    EXPECT_EQ(read_file(potd.state_dir()), "a file\n");
}

class ConfigTest : public RefuseTest {
  protected:
    [[nodiscard]] Outcome check(const std::string& text) const {
        write_file(potd.config_file(), text);
        return run_program({potd.arguments().front(), "--config", potd.config_file(), "--check-config"});
    }
};

TEST_F(ConfigTest, AGoodOneIsGood) {
    EXPECT_EQ(check("instance: some-name\n").status, 0);
}

TEST_F(ConfigTest, MistakesAreShownWithFileAndLine) {
    const std::string file = potd.config_file();
    for (const char* text :
         {"instance: a\ncolour: red\n", "# fine\ninstance: [a, b]\n", "instance: a\n\tb: 5\n"}) {
        const Outcome outcome = check(text);
        EXPECT_NE(outcome.status, 0) << text;
        EXPECT_THAT(outcome.err, HasSubstr(file + ":2")) << text;
    }
}

TEST_F(ConfigTest, AMistakeKeepsPotdFromStarting) {
    write_file(potd.config_file(), "colour: red\n");
    expect_refused(run_potd(), "colour");
}

TEST_F(ConfigTest, AMissingFileIsSaid) {
    const Outcome outcome =
        run_program({potd.arguments().front(), "--config", "/no/such/potd.yaml", "--check-config"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.err, HasSubstr("/no/such/potd.yaml"));
}

TEST_F(ConfigTest, AnUnknownFlagIsSaid) {
    const Outcome outcome = run_program({potd.arguments().front(), "--no-such-flag"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_THAT(outcome.err, HasSubstr("--no-such-flag"));
}

}  // namespace
}  // namespace potd::test
