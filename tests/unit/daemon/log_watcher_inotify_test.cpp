#include "daemon/platform/linux/log_watcher_inotify.hpp"

#include "daemon/platform/posix/log_reader.hpp"
#include "tests/support/log_writer.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::LogWriter;
using test::TempDir;

class InotifyLogWatcherTest : public testing::Test {
  protected:
    InotifyLogWatcherTest() {
        fs::create_directories(dir_ / "a");
        fs::create_directories(dir_ / "b");
    }
    LogWatcher::Ticket wait(const char* name, int& count) {
        auto ticket = watcher_.wait((dir_ / name).string(), [&count] { ++count; });
        EXPECT_TRUE(ticket);
        return ticket ? ticket.value() : 0;
    }

    TempDir dir_;
    test::PollLoop loop_;
    InotifyLogWatcher watcher_{loop_};
    int a_ = 0;
    int b_ = 0;
};

TEST_F(InotifyLogWatcherTest, TellsOnceWhereSomethingChanged) {
    wait("a", a_);
    wait("a", a_);
    wait("b", b_);
    test::write_file(dir_ / "a/current.log", "x");
    ASSERT_TRUE(loop_.run_until([this] { return a_ == 2; })) << "both who wait";
    test::write_file(dir_ / "a/current.log", "y");
    test::write_file(dir_ / "b/current.log", "x");
    ASSERT_TRUE(loop_.run_until([this] { return b_ == 1; }));
    EXPECT_EQ(a_, 2) << "once each";
}

TEST_F(InotifyLogWatcherTest, TellsOfRenamesAndDeletions) {
    test::write_file(dir_ / "a/current.log", "x");
    wait("a", a_);
    fs::rename(dir_ / "a/current.log", dir_ / "a/1.log");
    ASSERT_TRUE(loop_.run_until([this] { return a_ == 1; }));
    wait("a", a_);
    fs::remove_all(dir_ / "a");
    ASSERT_TRUE(loop_.run_until([this] { return a_ == 2; }));
}

TEST_F(InotifyLogWatcherTest, DoesNotCallWhoHasCancelled) {
    const auto first = wait("a", a_);
    int second = 0;
    wait("a", second);
    watcher_.cancel(first);
    watcher_.cancel(first);
    test::write_file(dir_ / "a/current.log", "x");
    ASSERT_TRUE(loop_.run_until([&] { return second == 1; }));
    EXPECT_EQ(a_, 0);
}

TEST_F(InotifyLogWatcherTest, HearsAgainAfterAllHadCancelled) {
    watcher_.cancel(wait("a", a_));
    wait("a", b_);
    test::write_file(dir_ / "a/current.log", "x");
    ASSERT_TRUE(loop_.run_until([this] { return b_ == 1; }));
    EXPECT_EQ(a_, 0);
}

TEST_F(InotifyLogWatcherTest, SaysThatADirectoryIsMissing) {
    EXPECT_EQ(watcher_.wait((dir_ / "none").string(), [] {}).error().kind, core::ErrorKind::NotFound);
}

TEST_F(InotifyLogWatcherTest, LetsAReaderFollow) {
    LogWriter writer(dir_ / "a");
    FileLogReader reader(loop_, watcher_);
    core::LogQuery query;
    query.follow = true;
    const auto cursor = reader.open((dir_ / "a").string(), query);
    std::vector<std::string> texts;
    bool ended = false;
    std::function<void()> ask = [&] {
        cursor.value()->next([&](core::Result<std::vector<core::LogLine>> lines) {
            ended = lines.value().empty();
            for (const auto& line : lines.value()) texts.push_back(line.text);
            if (!ended) ask();
        });
    };
    ask();
    std::vector<std::string> written;
    for (int i = 0; i < 20; ++i) {
        written.push_back("line " + std::to_string(i));
        writer.write({0, core::Stream::Stdout, false, written.back()});
        if (i % 3 == 0) writer.rotate();
        ASSERT_TRUE(loop_.run_until([&] { return texts.size() == written.size(); })) << i;
    }
    EXPECT_EQ(texts, written);
    cursor.value()->finish();
    EXPECT_TRUE(loop_.run_until([&] { return ended; }));
}

}  // namespace
}  // namespace potd::platform
