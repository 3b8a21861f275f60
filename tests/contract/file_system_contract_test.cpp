#include "core/port/file_system.hpp"
#include "daemon/platform/linux/choose_file_system.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using platform::FileSystemDriver;
using test::TempDir;
using test::write_file;

struct Overlay {
    static constexpr FileSystemDriver driver = FileSystemDriver::Overlay;
    static constexpr const char* name = "overlay";
};
struct Dir {
    static constexpr FileSystemDriver driver = FileSystemDriver::Dir;
    static constexpr const char* name = "dir";
};

/// Puts a root together as the runtime would, below `place` in the caller's mount namespace.
bool assemble(const core::RootFs& root, const fs::path& place) {
    if (root.kind == core::RootFs::Kind::Directory) {
        return ::mount(root.path.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }
    const std::string options =
        "lowerdir=" + root.lower.front() + ",upperdir=" + root.upper + ",workdir=" + root.work;
    return ::mount("overlay", place.c_str(), "overlay", 0, options.c_str()) == 0;
}

template <class Driver>
class FileSystemContractTest : public testing::Test {
  protected:
    void SetUp() override {
        write_file(dir_ / "base/etc/hosts", "from the base");
        write_file(dir_ / "base/etc/unwanted", "x");
        base_.name = "small";
        base_.path = (dir_ / "base").string();
        base_.binds = {{"/usr", "/usr"}};
        fs::create_directories(dir_ / "state");
        fs::create_directories(dir_ / "root");
        reopen();
    }

    /// As after a restart of potd: what was queued is lost.
    void reopen() {
        files_.reset();
        executor_.drop();
        auto opened =
            platform::choose_file_system(executor_, {(dir_ / "state").string(), Driver::driver, {}});
        if (!opened && opened.error().kind == core::ErrorKind::Unsupported)
            GTEST_SKIP() << opened.error().message;
        ASSERT_TRUE(opened) << opened.error().message;
        files_ = std::move(opened).value();
    }

    core::Status create(const core::PotId& id) {
        std::optional<core::Status> result;
        files_->create(id, base_, [&](core::Result<void> outcome) { result = std::move(outcome); });
        EXPECT_FALSE(result) << "replied before create returned";
        executor_.run();
        return result ? *result : core::error(core::ErrorKind::Internal, "no reply");
    }

    /// Runs `body` in a child process that has the pot's root mounted on <dir>/root.
    template <class Body>
    bool in_root(const core::PotId& id, Body body) {
        const auto root = files_->root(id, base_);
        if (!root) return false;
        const pid_t child = ::fork();
        if (child == 0) {
            const bool ready = ::unshare(CLONE_NEWNS) == 0 &&
                               ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                               assemble(root.value(), dir_ / "root");
            ::_exit(ready && body(dir_ / "root") ? 0 : 1);
        }
        int status = 0;
        return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

    std::vector<std::string> pots() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(dir_ / "state/pots")) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }

    const core::PotId a_{"aaaaaaaaaaaa"};
    const core::PotId b_{"bbbbbbbbbbbb"};
    TempDir dir_;
    fakes::ManualExecutor executor_;
    core::Base base_;
    std::unique_ptr<core::FileSystem> files_;
};

struct DriverName {
    template <class Driver>
    static std::string GetName(int) {  // NOLINT(readability-identifier-naming): GoogleTest's name
        return Driver::name;
    }
};
using Drivers = testing::Types<Overlay, Dir>;
TYPED_TEST_SUITE(FileSystemContractTest, Drivers, DriverName);

TYPED_TEST(FileSystemContractTest, HasTheNameThatWasAskedFor) {
    EXPECT_EQ(this->files_->name(), TypeParam::name);
}

TYPED_TEST(FileSystemContractTest, MakesAWholePot) {
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_TRUE(this->files_->root(this->a_, this->base_));
    const std::string log = this->files_->log_directory(this->a_);
    EXPECT_EQ(log, (this->dir_ / "state/pots/aaaaaaaaaaaa/log").string());
    EXPECT_TRUE(fs::is_directory(log));
}

TYPED_TEST(FileSystemContractTest, KeepsPotsFromOtherUsersOfTheMachine) {
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_EQ(fs::status(this->dir_ / "state/pots").permissions(), fs::perms(0700));
}

TYPED_TEST(FileSystemContractTest, RefusesAnIdThatExists) {
    ASSERT_TRUE(this->create(this->a_));
    const auto again = this->create(this->a_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, core::ErrorKind::Conflict);
    EXPECT_TRUE(this->files_->root(this->a_, this->base_)) << "the first one is still there";
}

TYPED_TEST(FileSystemContractTest, RefusesAnIdThatIsAPath) {
    for (const char* id : {"", ".", "..", "../x", "a/b"}) {
        EXPECT_FALSE(this->create(core::PotId{id})) << id;
        EXPECT_FALSE(this->files_->discard(core::PotId{id})) << id;
    }
}

TYPED_TEST(FileSystemContractTest, HasNoRootForAPotItDoesNotKnow) {
    EXPECT_EQ(this->files_->root(this->a_, this->base_).error().kind, core::ErrorKind::NotFound);
}

TYPED_TEST(FileSystemContractTest, BindsWhatTheBaseBindsReadOnly) {
    ASSERT_TRUE(this->create(this->a_));
    const auto root = this->files_->root(this->a_, this->base_);
    ASSERT_TRUE(root);
    EXPECT_EQ(root.value().binds, (std::vector<core::RootFs::Bind>{{"/usr", "/usr", true}}));
}

TYPED_TEST(FileSystemContractTest, ShowsTheBaseAndKeepsChangesInThePot) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        write_file(root / "new", "made");
        fs::remove(root / "etc/unwanted");
        return test::read_file(root / "etc/hosts") == "from the base";
    }));
    EXPECT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        return test::read_file(root / "new") == "made" && !fs::exists(root / "etc/unwanted");
    })) << "gone after a restart of the pot";
    EXPECT_TRUE(this->in_root(this->b_, [](const fs::path& root) {
        return !fs::exists(root / "new") && fs::exists(root / "etc/unwanted");
    })) << "seen by the other pot";
    EXPECT_TRUE(fs::exists(this->dir_ / "base/etc/unwanted"));
}

TYPED_TEST(FileSystemContractTest, GivesTheRootTheUsualMode) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        struct stat about {};
        return ::stat(root.c_str(), &about) == 0 && (about.st_mode & 07777) == 0755 && about.st_uid == 0;
    }));
}

TYPED_TEST(FileSystemContractTest, DiscardsAtOnceAndIdempotently) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->files_->discard(this->a_));
    EXPECT_TRUE(this->pots().empty());
    EXPECT_TRUE(this->files_->discard(this->a_));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

TYPED_TEST(FileSystemContractTest, DeletesAfterARestartWhatWasDiscardedBefore) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->files_->discard(this->a_));
    this->reopen();
    ASSERT_TRUE(this->files_->sweep({}));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

TYPED_TEST(FileSystemContractTest, SweepsUnknownPotsAndKeepsKnownOnes) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->files_->sweep({this->b_}));
    this->executor_.run();
    EXPECT_EQ(this->pots(), std::vector<std::string>{"bbbbbbbbbbbb"});
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

/// The state after a crash at any step of a create: an unfinished directory of the same pot.
TYPED_TEST(FileSystemContractTest, ForgetsAHalfMadePot) {
    write_file(this->dir_ / "state/pots/.new-aaaaaaaaaaaa/root/file", "half");
    write_file(this->dir_ / "state/pots/.new-bbbbbbbbbbbb/root/file", "half");
    EXPECT_TRUE(this->create(this->a_)) << "the name can be used again";
    EXPECT_TRUE(this->files_->discard(this->b_));
    EXPECT_EQ(this->pots(), std::vector<std::string>{"aaaaaaaaaaaa"});
    write_file(this->dir_ / "state/pots/.new-cccccccccccc/root/file", "half");
    ASSERT_TRUE(this->files_->sweep({this->a_, core::PotId{"cccccccccccc"}}));
    EXPECT_EQ(this->pots(), std::vector<std::string>{"aaaaaaaaaaaa"});
}

TEST(ProbeOverlayTest, LeavesNothing) {
    const TempDir dir;
    static_cast<void>(platform::probe_overlay(dir.path().string()));
    EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(ProbeOverlayTest, SaysThatAnOverlayCannotLieOnAnOverlay) {
    const TempDir dir;
    if (const auto able = platform::probe_overlay(dir.path().string()); !able)
        GTEST_SKIP() << able.error().message;
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(dir / name);
    const pid_t child = ::fork();
    if (child == 0) {
        core::RootFs root;
        root.kind = core::RootFs::Kind::Overlay;
        root.lower = {(dir / "lower").string()};
        root.upper = (dir / "upper").string();
        root.work = (dir / "work").string();
        const bool ready = ::unshare(CLONE_NEWNS) == 0 &&
                           ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                           assemble(root, dir / "merged");
        const auto refused = platform::probe_overlay((dir / "merged").string());
        const bool right = !refused && refused.error().kind == core::ErrorKind::Unsupported &&
                           refused.error().message.find("overlay itself") != std::string::npos;
        ::_exit(ready && right ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST(ChooseFileSystemTest, FallsBackToDirOnlyIfNotForced) {
    const TempDir dir;
    fakes::ManualExecutor executor;
    const auto chosen =
        platform::choose_file_system(executor, {dir.path().string(), FileSystemDriver::Automatic, {}});
    const auto forced =
        platform::choose_file_system(executor, {dir.path().string(), FileSystemDriver::Overlay, {}});
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen.value()->name(), forced.ok() ? "overlay" : "dir");
}

TEST(ChooseFileSystemTest, ProbesAgainAfterARebootOnly) {
    const TempDir dir;
    if (const auto able = platform::probe_overlay(dir.path().string()); !able)
        GTEST_SKIP() << able.error().message;
    fakes::ManualExecutor executor;
    const platform::FileSystemOptions options{dir.path().string(), FileSystemDriver::Overlay, {}};
    write_file(dir / "overlay-works", "another boot");
    ASSERT_TRUE(platform::choose_file_system(executor, options));
    const std::string noted = test::read_file(dir / "overlay-works");
    EXPECT_NE(noted, "another boot");
    const auto written_at = [&] {
        struct stat about {};
        EXPECT_EQ(::stat((dir / "overlay-works").c_str(), &about), 0);
        return about.st_mtim.tv_nsec;
    };
    const auto before = written_at();
    ASSERT_TRUE(platform::choose_file_system(executor, options));
    EXPECT_EQ(written_at(), before) << "probed and noted again";
}

}  // namespace
}  // namespace potd
