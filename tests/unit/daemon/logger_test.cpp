#include "daemon/logging/logger.hpp"

#include "tests/support/joining_thread.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::log {
namespace {

class LoggerTest : public testing::Test {
  protected:
    std::unique_ptr<Logger> open(Level level, const std::filesystem::path& file) {
        auto opened = Logger::open({level, Format::Text, file});
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    std::string content(const std::filesystem::path& file) { return test::read_file(file); }
    static long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

    test::TempDir dir_;
    std::filesystem::path file_ = dir_ / "potd.log";
};

TEST_F(LoggerTest, WritesWhatIsAtOrAboveTheLevel) {
    const auto logger = open(Level::Warning, file_);
    logger->info("quiet");
    logger->warning("loud", {{"pot", "web"}});
    logger->error("louder");
    const std::string text = content(file_);
    EXPECT_EQ(text.find("quiet"), std::string::npos);
    EXPECT_NE(text.find(" warning loud pot=web\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" error louder\n"), std::string::npos) << text;
    EXPECT_EQ(lines(text), 2);
}

TEST_F(LoggerTest, ChangesLevelAndFormatWhileItRuns) {
    const auto logger = open(Level::Info, file_);
    logger->debug("one");
    logger->set_level(Level::Debug);
    EXPECT_TRUE(logger->enabled(Level::Debug));
    logger->debug("two");
    logger->set_format(Format::Json);
    logger->debug("three");
    const std::string text = content(file_);
    EXPECT_EQ(lines(text), 2);
    EXPECT_NE(text.find(R"("message":"three"})"), std::string::npos) << text;
}

TEST_F(LoggerTest, AppendsAndFollowsARenamedFileAfterReopening) {
    open(Level::Info, file_)->info("first");
    const auto logger = open(Level::Info, file_);
    logger->info("second");
    std::filesystem::rename(file_, dir_ / "old.log");
    logger->info("third");
    EXPECT_TRUE(logger->reopen());
    logger->info("fourth");
    EXPECT_EQ(lines(content(dir_ / "old.log")), 3);
    EXPECT_EQ(lines(content(file_)), 1);
}

TEST_F(LoggerTest, ReportsAFileItCannotOpenAndKeepsTheOldOne) {
    std::filesystem::create_directory(dir_ / "folder");
    EXPECT_FALSE(Logger::open({Level::Info, Format::Text, dir_ / "folder"}));
    const auto logger = open(Level::Info, dir_ / "potd.log");
    std::filesystem::rename(file_, dir_ / "old.log");
    std::filesystem::create_directory(file_);
    EXPECT_FALSE(logger->reopen());
    logger->info("still here");
    EXPECT_EQ(lines(content(dir_ / "old.log")), 1);
}

TEST_F(LoggerTest, CountsWhatItCannotWriteAndGoesOn) {
    const auto logger = open(Level::Info, "/dev/full");
    logger->info("lost");
    logger->info("lost too");
    EXPECT_EQ(logger->lost(), 2U);
}

TEST_F(LoggerTest, KeepsLinesOfThreadsApart) {
    const auto logger = open(Level::Info, file_);
    {
        std::vector<test::JoiningThread> threads;
        threads.reserve(4);
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&logger] {
                for (int i = 0; i < 100; ++i) logger->info("whole", {{"i", i}});
            });
        }
    }
    const std::string text = content(file_);
    EXPECT_EQ(lines(text), 400);
    EXPECT_EQ(logger->lost(), 0U);
}

}  // namespace
}  // namespace potd::log
