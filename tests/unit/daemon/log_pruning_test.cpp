#include "daemon/platform/posix/log_pruning.hpp"

#include "daemon/platform/posix/log_reader.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class LogPruningTest : public testing::Test {
  protected:
    /// Written at this time, so many bytes long.
    void write(const std::string& name, core::WallTime at, std::size_t size) {
        std::ofstream(dir_ / name) << std::string(size, 'x');
        const auto age = std::chrono::milliseconds(now_.ms - at.ms);
        fs::last_write_time(dir_ / name, fs::file_time_type::clock::now() - age);
    }
    /// current.log and three rotated ones, each a minute older and a power of ten longer.
    void write_four() {
        write("current.log", minutes_ago(0), 1);
        for (int n = 1; n <= 3; ++n)
            write(std::to_string(n) + ".log", minutes_ago(n), n == 1 ? 10 : n == 2 ? 100 : 1000);
    }
    [[nodiscard]] core::WallTime minutes_ago(int count) const {
        return {now_.ms - std::int64_t{60'000} * count};
    }
    [[nodiscard]] core::LogPrune ask(std::size_t keep) const {
        core::LogPrune what;
        what.directory = dir_.path().string();
        what.keep = keep;
        what.written_before = {now_.ms + 3'600'000};
        return what;
    }
    core::LogPruned prune(const core::LogPrune& what) {
        const auto aside = set_current_log_aside(what);
        EXPECT_TRUE(aside);
        const auto rest = prune_log_files(what);
        EXPECT_TRUE(rest);
        if (!aside || !rest) return {};
        return {aside->files + rest->files, aside->bytes + rest->bytes};
    }
    [[nodiscard]] Names names() const {
        Names found;
        for (const auto& entry : fs::directory_iterator(dir_.path()))
            found.push_back(entry.path().filename());
        std::sort(found.begin(), found.end());
        return found;
    }

    test::TempDir dir_;
    core::WallTime now_{
        std::chrono::duration_cast<core::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count()};
};

TEST_F(LogPruningTest, KeepsTheNewestFiles) {
    write_four();
    EXPECT_EQ(prune(ask(2)), (core::LogPruned{2, 1100}));
    EXPECT_EQ(names(), (Names{"1.log", "current.log"}));
    EXPECT_EQ(prune(ask(2)), core::LogPruned{});
}

TEST_F(LogPruningTest, TheCurrentLogOfAPotThatMayRunStays) {
    write_four();
    EXPECT_EQ(prune(ask(0)), (core::LogPruned{3, 1110}));
    EXPECT_EQ(names(), Names{"current.log"});
}

TEST_F(LogPruningTest, OfAPotThatIsDownEverythingMayGo) {
    write_four();
    auto what = ask(0);
    what.idle = true;
    EXPECT_EQ(prune(what), (core::LogPruned{4, 1111}));
    EXPECT_EQ(names(), Names{});
}

TEST_F(LogPruningTest, KeepingOneKeepsTheCurrentLog) {
    write_four();
    auto what = ask(1);
    what.idle = true;
    EXPECT_EQ(prune(what), (core::LogPruned{3, 1110}));
    EXPECT_EQ(names(), Names{"current.log"});
}

TEST_F(LogPruningTest, SparesWhatWasWrittenToLately) {
    write_four();
    auto what = ask(0);
    what.idle = true;
    what.written_before = {minutes_ago(2).ms + 30'000};
    EXPECT_EQ(prune(what), (core::LogPruned{2, 1100}));
    EXPECT_EQ(names(), (Names{"1.log", "current.log"}));
}

TEST_F(LogPruningTest, ADryRunSaysTheSameAndTouchesNothing) {
    write_four();
    for (const bool idle : {false, true}) {
        for (const std::size_t keep : {0U, 1U, 2U, 9U}) {
            auto what = ask(keep);
            what.idle = idle;
            what.dry_run = true;
            const core::LogPruned would = prune(what);
            EXPECT_EQ(names().size(), 4U);
            what.dry_run = false;
            EXPECT_EQ(prune(what), would) << keep << idle;
            write_four();
        }
    }
}

TEST_F(LogPruningTest, AGapThatARotationLeavesDoesNotCount) {
    write("current.log", minutes_ago(0), 1);
    write("2.log", minutes_ago(1), 10);
    write("7.log", minutes_ago(2), 100);
    EXPECT_EQ(prune(ask(2)), (core::LogPruned{1, 100}));
    EXPECT_EQ(names(), (Names{"2.log", "current.log"}));
}

TEST_F(LogPruningTest, TouchesNothingThatIsNoLogFile) {
    write_four();
    write("notes.txt", minutes_ago(9), 1);
    fs::create_directory(dir_ / "5.log");
    fs::create_symlink("/etc/passwd", dir_ / "4.log");
    EXPECT_EQ(prune(ask(1)), (core::LogPruned{3, 1110}));
    EXPECT_EQ(names(), (Names{"4.log", "5.log", "current.log", "notes.txt"}));
}

TEST_F(LogPruningTest, RemovesWhatAKilledPotdHadSetAside) {
    write("current.log", minutes_ago(0), 1);
    write("pruned.log", minutes_ago(5), 500);
    EXPECT_EQ(prune(ask(1)), core::LogPruned{});
    EXPECT_EQ(names(), Names{"current.log"});
}

TEST_F(LogPruningTest, AMissingDirectoryIsAnEmptyLog) {
    auto what = ask(0);
    what.directory += "/gone";
    what.idle = true;
    EXPECT_EQ(prune(what), core::LogPruned{});
}

TEST_F(LogPruningTest, SaysWhatIsInTheWay) {
    write("file", minutes_ago(0), 1);
    auto what = ask(0);
    what.directory += "/file";
    const auto pruned = prune_log_files(what);
    ASSERT_FALSE(pruned);
    EXPECT_NE(pruned.error().message.find(what.directory), std::string::npos) << pruned.error().message;
}

/// For a reader that nobody follows.
class NoWatcher final : public LogWatcher {
  public:
    core::Result<Ticket> wait(const std::string& directory, std::function<void()>) override {
        return core::error(core::ErrorKind::NotFound, directory);
    }
    void cancel(Ticket) override {}
};

TEST_F(LogPruningTest, TheReaderTakesTheCurrentLogAsideBeforeItReturns) {
    write_four();
    fakes::ManualExecutor loop;
    NoWatcher watcher;
    FileLogReader reader(loop, watcher);
    auto what = ask(0);
    what.idle = true;
    std::optional<core::LogPruned> pruned;
    reader.prune(what, [&](const auto& result) { pruned = *result; });
    EXPECT_EQ(names(), (Names{"1.log", "2.log", "3.log", "pruned.log"})) << "a run may begin from here on";
    write("current.log", minutes_ago(0), 7);
    loop.run();
    EXPECT_EQ(pruned, (core::LogPruned{4, 1111}));
    EXPECT_EQ(names(), Names{"current.log"});
}

}  // namespace
}  // namespace potd::platform
