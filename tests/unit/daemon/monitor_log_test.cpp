#include "daemon/monitor/log_pump.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

TEST(LogLineTest, TimesAreRfc3339) {
    std::array<char, time_text_size> text{};
    const auto format = [&](std::int64_t ns) {
        format_time(ns, text.data());
        return std::string(text.data(), text.size());
    };
    EXPECT_EQ(format(0), "1970-01-01T00:00:00.000000000Z");
    EXPECT_EQ(format(951'782'400'000'000'001), "2000-02-29T00:00:00.000000001Z");
    EXPECT_EQ(format(1'798'761'599'999'999'999), "2026-12-31T23:59:59.999999999Z");
    EXPECT_EQ(format(4'107'542'400'000'000'000), "2100-03-01T00:00:00.000000000Z");
}

TEST(LogLineTest, ThePrefixHasStreamFlagAndRun) {
    LinePrefix prefix(0, "stderr", 4'294'967'295);
    EXPECT_EQ(prefix.full(), "1970-01-01T00:00:00.000000000Z stderr F 4294967295 ");
    EXPECT_EQ(prefix.partial(), "1970-01-01T00:00:00.000000000Z stderr P 4294967295 ");
}

class LogPumpTest : public ::testing::Test {
  protected:
    LogPumpTest() : buffers_(std::make_unique<LogBuffers>()), pump_(*buffers_) {
        std::array<int, 2> ends{};
        (void)::signal(SIGPIPE, SIG_IGN);  // of who writes on after the end
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        pump_.set_source(LogPump::Source::Output, ends[0]);
        writer_ = ends[1];
    }
    ~LogPumpTest() override { ::close(writer_); }

    void open(std::uint64_t max_size = 0, std::uint32_t max_files = 0) {
        ASSERT_EQ(pump_.open_log(directory_.path().c_str(), {max_size, max_files, 7}), 0);
    }
    void feed(const std::string& text) {
        ASSERT_EQ(::write(writer_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        while (pump_.pump(LogPump::Source::Output)) {
        }
    }
    void end() {
        ::close(writer_);
        writer_ = -1;
        pump_.finish();
    }
    /// Lines without their time.
    std::vector<std::string> lines(const char* name = "current.log") {
        std::istringstream file(test::read_file(directory_ / name));
        std::vector<std::string> all;
        for (std::string line; std::getline(file, line);) all.push_back(line.substr(line.find(' ') + 1));
        return all;
    }
    using Lines = std::vector<std::string>;

    test::TempDir directory_;
    std::unique_ptr<LogBuffers> buffers_;
    LogPump pump_;
    int writer_ = -1;
};

TEST_F(LogPumpTest, LinesArriveInPieces) {
    open();
    feed("one\ntw");
    EXPECT_EQ(lines(), (Lines{"stdout F 7 one"}));
    feed("o\n\n");
    EXPECT_EQ(lines(), (Lines{"stdout F 7 one", "stdout F 7 two", "stdout F 7 "}));
    end();
}

TEST_F(LogPumpTest, TheEndKeepsAnUnfinishedLine) {
    open();
    feed("half");
    pump_.rest();
    end();
    EXPECT_EQ(lines(), (Lines{"stdout P 7 half"}));
}

TEST_F(LogPumpTest, TheEndComesWhileOthersWriteForEver) {
    open();
    using std::chrono::steady_clock;
    const auto limit = steady_clock::now() + std::chrono::seconds(20);
    ASSERT_GT(::fcntl(writer_, F_SETPIPE_SZ, 1 << 20), 0);
    std::atomic<std::size_t> written{0};
    const auto write_on = [&] {
        std::string text;
        while (text.size() < 65'536) text += "a line\n";
        while (steady_clock::now() < limit) {
            const ssize_t size = ::write(writer_, text.data(), text.size());
            if (size > 0) written += static_cast<std::size_t>(size);
            if (size < 0 && errno != EAGAIN) return;  // nobody reads any more
        }
    };
    std::thread one(write_on), other(write_on);
    const std::string page(4096, '\n');
    while (::write(writer_, page.data(), page.size()) > 0) {
    }
    pump_.finish();
    one.join();
    other.join();
    EXPECT_LT(written, 2 * max_tail) << "as long as the others wrote";
}

TEST_F(LogPumpTest, ALongLineIsCutIntoPartialOnes) {
    open();
    const std::string part(max_line_text, 'x');
    feed(part + part + "end\n");
    end();
    EXPECT_EQ(lines(), (Lines{"stdout P 7 " + part, "stdout P 7 " + part, "stdout F 7 end"}));
}

TEST_F(LogPumpTest, ALineOfExactlyTheLimitIsWhole) {
    open();
    const std::string part(max_line_text, 'x');
    feed(part + "\n");
    end();
    EXPECT_EQ(lines(), (Lines{"stdout F 7 " + part}));
}

TEST_F(LogPumpTest, AnyBytesPass) {
    open();
    feed(std::string("a\0b\xff\r\n", 6));
    end();
    EXPECT_EQ(lines(), (Lines{"stdout F 7 " + std::string("a\0b\xff\r", 5)}));
}

TEST_F(LogPumpTest, RotatesBetweenLines) {
    open(100, 2);
    for (int i = 1; i <= 7; ++i) feed("line " + std::to_string(i) + "\n");
    end();
    EXPECT_EQ(lines(), (Lines{"stdout F 7 line 7"}));
    EXPECT_EQ(lines("1.log"), (Lines{"stdout F 7 line 5", "stdout F 7 line 6"}));
    EXPECT_EQ(lines("2.log"), (Lines{"stdout F 7 line 3", "stdout F 7 line 4"}));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "3.log"));
}

TEST_F(LogPumpTest, WithoutRotatedFilesTheOldGoes) {
    open(100, 0);
    for (int i = 1; i <= 3; ++i) feed("line " + std::to_string(i) + "\n");
    end();
    EXPECT_EQ(lines(), (Lines{"stdout F 7 line 3"}));
    EXPECT_FALSE(std::filesystem::exists(directory_ / "1.log"));
}

TEST_F(LogPumpTest, AFullDiskLosesCountsAndTells) {
    if (::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=8k") != 0) GTEST_SKIP() << "needs root";
    open();
    const std::string filler(3000, 'f');
    for (int i = 0; i < 4; ++i) feed(filler + "\n");
    EXPECT_GT(pump_.lost(), 0U);
    const std::uint64_t lost = pump_.lost();
    EXPECT_EQ(::mount(nullptr, directory_.path().c_str(), nullptr, MS_REMOUNT, "size=64k"), 0);
    feed("after\n");
    end();
    const Lines all = lines();
    EXPECT_EQ(::umount(directory_.path().c_str()), 0);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[1], "stdout F 7 " + filler);
    EXPECT_EQ(all[2], "stderr F 7 potmon: " + std::to_string(lost) + " bytes lost: no space");
    EXPECT_EQ(all[3], "stdout F 7 after");
}

}  // namespace

}  // namespace potd::monitor
