#include "daemon/platform/posix/log_reader.hpp"

#include "tests/fakes/manual_loop.hpp"
#include "tests/support/log_writer.hpp"
#include "tests/support/temp_dir.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using core::LogLine;
using core::LogQuery;
using core::Stream;
using test::LogWriter;
using test::TempDir;
using test::write_file;

/// Fires when told.
class FakeLogWatcher final : public LogWatcher {
  public:
    core::Result<Ticket> wait(const std::string& directory, std::function<void()> changed) override {
        if (!fs::is_directory(directory)) return core::error(core::ErrorKind::NotFound, directory);
        changed_[++last_] = std::move(changed);
        return last_;
    }
    void cancel(Ticket ticket) override { changed_.erase(ticket); }
    void fire() {
        auto due = std::move(changed_);
        changed_.clear();
        for (auto& [ticket, changed] : due) changed();
    }
    [[nodiscard]] std::size_t waiting() const { return changed_.size(); }

  private:
    Ticket last_ = 0;
    std::map<Ticket, std::function<void()>> changed_;
};

struct Written {
    LogLine line;
    std::uint32_t run = 1;
};

/// What a reader of everything written so far must get.
std::vector<std::string> expected(const std::vector<Written>& all, const LogQuery& query) {
    std::vector<const Written*> wanted;
    for (const Written& one : all) {
        const bool stream_ok = !query.stream || *query.stream == one.line.stream;
        const bool time_ok = !query.since || one.line.time_ns >= query.since->ms * 1'000'000;
        if (stream_ok && time_ok && (query.run == 0 || query.run == one.run)) wanted.push_back(&one);
    }
    std::size_t begin = wanted.size();
    std::size_t ends = 0;
    while (begin > 0 && query.tail) {
        const bool is_end = ends == 0 || !wanted[begin - 1]->line.partial;
        if (is_end && ends == *query.tail) break;
        ends += is_end ? 1 : 0;
        --begin;
    }
    std::vector<std::string> result;
    for (std::size_t i = query.tail ? begin : 0; i < wanted.size(); ++i) {
        result.push_back(LogWriter::format(wanted[i]->line, 0));
    }
    return result;
}

class FileLogReaderTest : public testing::Test {
  protected:
    void open(const LogQuery& query) {
        auto cursor = reader_.open((dir_ / "log").string(), query);
        ASSERT_TRUE(cursor);
        cursor_ = std::move(cursor).value();
        ended_ = false;
        asked_ = false;
        got_.clear();
    }
    void ask() {
        asked_ = true;
        cursor_->next([this](core::Result<std::vector<LogLine>> lines) {
            asked_ = false;
            ASSERT_TRUE(lines) << lines.error().message;
            ended_ = lines.value().empty();
            for (const LogLine& line : lines.value()) got_.push_back(LogWriter::format(line, 0));
        });
    }
    /// Reads until the end, or until a following cursor waits.
    void drain() {
        while (!ended_) {
            if (!asked_) ask();
            executor_.run();
            if (asked_) return;
        }
    }
    std::vector<std::string> read_all(const LogQuery& query = {}) {
        open(query);
        drain();
        EXPECT_TRUE(ended_);
        return got_;
    }
    void write(const std::string& text, Stream stream = Stream::Stdout, bool partial = false,
               std::uint32_t run = 1) {
        time_ns_ += 1'500'000'001;
        written_.push_back({{time_ns_, stream, partial, text}, run});
        writer_.write(written_.back().line, run);
        // As if it had been written then: files last written before `since` are skipped unread.
        const std::chrono::sys_time<std::chrono::nanoseconds> then{std::chrono::nanoseconds(time_ns_)};
        fs::last_write_time(dir_ / "log/current.log", std::chrono::file_clock::from_sys(then));
    }
    void write_random(std::mt19937& random) {
        const std::string text(random() % 20 == 0 ? random() % 40'000 : random() % 40,
                               static_cast<char>('a' + random() % 26));
        write(text, random() % 3 == 0 ? Stream::Stderr : Stream::Stdout, random() % 5 == 0,
              1 + static_cast<std::uint32_t>(written_.size() / 50));
    }
    void rotate_random(std::mt19937& random) {
        if (random() % 2 == 0)
            writer_.rotate();
        else
            writer_.rotate_without_new_file();
        watcher_.fire();
    }
    LogQuery random_query(std::mt19937& random) const {
        LogQuery query;
        if (random() % 2 == 0) query.tail = random() % 30;
        if (random() % 3 == 0) query.stream = random() % 2 == 0 ? Stream::Stderr : Stream::Stdout;
        if (random() % 3 == 0) query.run = 1 + static_cast<std::uint32_t>(random() % 4);
        if (random() % 3 == 0 && !written_.empty()) {
            query.since = core::WallTime{written_[random() % written_.size()].line.time_ns / 1'000'000};
        }
        return query;
    }

    TempDir dir_;
    LogWriter writer_{dir_ / "log"};
    fakes::ManualExecutor executor_;
    FakeLogWatcher watcher_;
    FileLogReader reader_{executor_, watcher_};
    std::unique_ptr<core::LogCursor> cursor_;
    std::vector<Written> written_;
    std::vector<std::string> got_;
    std::int64_t time_ns_ = 1'700'000'000'000'000'000;
    bool ended_ = false;
    bool asked_ = false;
};

TEST_F(FileLogReaderTest, EndsAtOnceWithoutADirectoryOrFiles) {
    EXPECT_TRUE(read_all().empty());
    fs::remove_all(dir_ / "log");
    EXPECT_TRUE(read_all().empty());
    LogQuery query;
    query.tail = 5;
    EXPECT_TRUE(read_all(query).empty());
}

TEST_F(FileLogReaderTest, ReadsRotatedFilesInOrder) {
    for (const char* text : {"one", "two", "three"}) {
        write(text);
        writer_.rotate();
    }
    write("four");
    EXPECT_EQ(read_all(), expected(written_, {}));
}

TEST_F(FileLogReaderTest, StandsAGapInTheNumbersAndAMissingCurrentFile) {
    for (const char* text : {"one", "two", "three", "four"}) {
        write(text);
        writer_.rotate();
    }
    fs::rename(writer_.file(4), writer_.file(5));
    fs::remove(dir_ / "log/current.log");
    EXPECT_EQ(read_all(), expected(written_, {}));
}

TEST_F(FileLogReaderTest, IgnoresWhatIsNoLogFile) {
    write("one");
    write_file(dir_ / "log/0.log", "x\n");
    write_file(dir_ / "log/x.log", "x\n");
    write_file(dir_ / "log/1.log.gz", "x\n");
    fs::create_directory(dir_ / "log/2.log");
    fs::create_symlink("/etc/passwd", dir_ / "log/link");
    EXPECT_EQ(read_all(), expected(written_, {}));
}

TEST_F(FileLogReaderTest, GivesUnreadableLinesAsTheyAre) {
    writer_.raw("not from potmon\n");
    write("fine");
    open({});
    std::vector<LogLine> lines;
    cursor_->next([&](core::Result<std::vector<LogLine>> got) { lines = std::move(got).value(); });
    executor_.run();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0].text, "not from potmon");
    EXPECT_EQ(lines[0].time_ns, 0);
    EXPECT_FALSE(lines[0].partial);
    EXPECT_EQ(lines[1].text, "fine");
}

TEST_F(FileLogReaderTest, GivesATornLastLineMarked) {
    writer_.raw("1970-01-01T00:00:01.000000000Z stdout F 1 tor");
    open({});
    std::vector<LogLine> lines;
    cursor_->next([&](core::Result<std::vector<LogLine>> got) { lines = std::move(got).value(); });
    executor_.run();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text, "tor");
    EXPECT_TRUE(lines[0].partial);
}

TEST_F(FileLogReaderTest, CountsTheEntriesOfOneLineOnceInATail) {
    write("before");
    write("begin ", Stream::Stdout, true);
    write("middle ", Stream::Stdout, true);
    write("end");
    LogQuery query;
    query.tail = 1;
    EXPECT_EQ(read_all(query).size(), 3U);
    query.tail = 2;
    EXPECT_EQ(read_all(query).size(), 4U);
}

TEST_F(FileLogReaderTest, FindsTheTailOfAHugeFileWithoutReadingIt) {
    writer_.raw("x\n");
    fs::resize_file(dir_ / "log/current.log", std::uintmax_t{8} << 30);
    writer_.raw("\n");
    for (int i = 0; i < 5; ++i) write("line " + std::to_string(i));
    LogQuery query;
    query.tail = 3;
    EXPECT_EQ(read_all(query), expected(written_, query));
}

TEST_F(FileLogReaderTest, CutsALineWithoutEndIntoBoundedPieces) {
    constexpr std::size_t size = 5 << 20;
    writer_.raw(std::string(size, 'x') + "\n");
    write("after");
    open({});
    std::size_t bytes = 0;
    std::size_t longest = 0;
    std::string last;
    for (bool more = true; more;) {
        cursor_->next([&](core::Result<std::vector<LogLine>> got) {
            more = !got.value().empty();
            for (const LogLine& line : got.value()) {
                bytes += line.text.size();
                longest = std::max(longest, line.text.size());
                last = line.text;
            }
        });
        executor_.run();
    }
    EXPECT_EQ(bytes, size + last.size());
    EXPECT_EQ(last, "after");
    EXPECT_LE(longest, std::size_t{2} << 20);
}

TEST_F(FileLogReaderTest, GivesBatchesOfBoundedSize) {
    for (int i = 0; i < 5000; ++i) write(std::string(100, 'x'));
    open({});
    std::size_t lines = 0;
    while (lines < 5000) {
        std::size_t bytes = 0;
        cursor_->next([&](core::Result<std::vector<LogLine>> got) {
            lines += got.value().size();
            for (const LogLine& line : got.value()) bytes += line.text.size();
        });
        executor_.run();
        ASSERT_GT(bytes, 0U);
        ASSERT_LE(bytes, 80'000U);
    }
}

TEST_F(FileLogReaderTest, EndsWhereTheLogEndedWhenItWasFirstRead) {
    for (int i = 0; i < 2000; ++i) write(std::string(100, 'x'));
    const auto until_now = expected(written_, {});
    open({});
    ask();
    executor_.run();
    write("later");
    writer_.rotate();
    write("later still");
    drain();
    EXPECT_EQ(got_, until_now);
}

TEST_F(FileLogReaderTest, FollowsAcrossRotation) {
    LogQuery query;
    query.follow = true;
    write("before");
    open(query);
    drain();
    for (int i = 0; i < 5; ++i) {
        write("line " + std::to_string(i));
        writer_.rotate();
        write("after rotation");
        watcher_.fire();
        drain();
        EXPECT_EQ(got_, expected(written_, {}));
    }
    EXPECT_FALSE(ended_);
    cursor_->finish();
    executor_.run();
    EXPECT_TRUE(ended_);
}

TEST_F(FileLogReaderTest, WaitsForTheRestOfATornLineWhileFollowing) {
    LogQuery query;
    query.follow = true;
    open(query);
    writer_.raw("1970-01-01T00:00:01.000000000Z stdout F 1 one");
    drain();
    EXPECT_TRUE(got_.empty());
    writer_.raw(" and two\n");
    watcher_.fire();
    drain();
    ASSERT_EQ(got_.size(), 1U);
    EXPECT_EQ(got_[0], "1970-01-01T00:00:01.000000000Z stdout F 0 one and two\n");
}

/// potmon takes a torn line back when the disk is full.
TEST_F(FileLogReaderTest, ForgetsATornLineThatIsTakenBack) {
    LogQuery query;
    query.follow = true;
    write("before");
    const auto size = fs::file_size(dir_ / "log/current.log");
    open(query);
    writer_.raw("1970-01-01T00:00:01.000000000Z stdout F 1 tor");
    drain();
    fs::resize_file(dir_ / "log/current.log", size);
    write("a longer line than the one that was taken back, so that the size tells nothing");
    watcher_.fire();
    drain();
    EXPECT_EQ(got_, expected(written_, {}));
}

TEST_F(FileLogReaderTest, GivesATornLineWhenNothingMoreCanCome) {
    LogQuery query;
    query.follow = true;
    open(query);
    writer_.raw("1970-01-01T00:00:01.000000000Z stdout F 1 tor");
    drain();
    cursor_->finish();
    executor_.run();
    EXPECT_EQ(got_.size(), 1U);
    EXPECT_FALSE(ended_);
    drain();
    EXPECT_TRUE(ended_);
}

TEST_F(FileLogReaderTest, ReadsWhatWasWrittenBeforeFinishEvenIfThePoolWasBusy) {
    LogQuery query;
    query.follow = true;
    open(query);
    ask();
    executor_.run_one();  // the pool has looked and found nothing; its answer is on the way
    write("last words");
    cursor_->finish();
    executor_.run();
    drain();
    EXPECT_EQ(got_, expected(written_, {}));
    EXPECT_TRUE(ended_);
}

TEST_F(FileLogReaderTest, GoesOnAfterTheFileWasDeletedUnderIt) {
    LogQuery query;
    query.follow = true;
    write("one");
    open(query);
    drain();
    fs::remove(dir_ / "log/current.log");
    watcher_.fire();
    drain();
    write("two");
    watcher_.fire();
    drain();
    EXPECT_EQ(got_, expected(written_, {}));
}

TEST_F(FileLogReaderTest, StartsOverInAFileThatWasEmptied) {
    LogQuery query;
    query.follow = true;
    write("one, which is long");
    open(query);
    drain();
    fs::resize_file(dir_ / "log/current.log", 0);
    watcher_.fire();
    drain();
    write("two");
    watcher_.fire();
    drain();
    EXPECT_EQ(got_, expected(written_, {}));
}

TEST_F(FileLogReaderTest, OnlyEndsAfterFinishIfTheDirectoryIsGone) {
    LogQuery query;
    query.follow = true;
    fs::remove_all(dir_ / "log");
    open(query);
    drain();
    EXPECT_FALSE(ended_);
    cursor_->finish();
    executor_.run();
    EXPECT_TRUE(ended_);
}

TEST_F(FileLogReaderTest, CallsNobodyAfterItsEnd) {
    LogQuery query;
    query.follow = true;
    write("one");
    open(query);
    ask();
    cursor_.reset();
    executor_.run();
    EXPECT_TRUE(got_.empty());
    EXPECT_EQ(watcher_.waiting(), 0U);
}

TEST_F(FileLogReaderTest, ReadsRandomLogsAsTheModelSays) {
    std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same logs in every run
    for (int i = 0; i < 400; ++i) {
        write_random(random);
        if (random() % 40 == 0) writer_.rotate();
    }
    for (int round = 0; round < 150; ++round) {
        const LogQuery query = random_query(random);
        ASSERT_EQ(read_all(query), expected(written_, query)) << "round " << round;
    }
}

/// Writes, torn writes, rotations and reads in random order, every step of the cursor on its own.
TEST_F(FileLogReaderTest, FollowsRandomHistoriesAsTheModelSays) {
    std::mt19937 random(13);  // NOLINT(cert-msc51-cpp): the same histories in every run
    for (int round = 0; round < 30; ++round) {
        fs::remove_all(dir_ / "log");
        fs::create_directories(dir_ / "log");
        written_.clear();
        LogQuery query = random_query(random);
        query.tail.reset();
        query.follow = true;
        open(query);
        for (int step = 0; step < 300; ++step) {
            switch (random() % 5) {
                case 0:
                case 1:
                    write_random(random);
                    watcher_.fire();
                    break;
                case 2:
                    if (random() % 8 == 0) rotate_random(random);
                    break;
                default:
                    if (!asked_ && !ended_) ask();
                    executor_.run_one();
            }
        }
        drain();
        ASSERT_EQ(got_, expected(written_, query)) << "round " << round;
        cursor_->finish();
        executor_.run();
        ASSERT_TRUE(ended_) << "round " << round;
    }
}

/// The oldest files are deleted while they are read: lines are lost, but never repeated or mixed up.
TEST_F(FileLogReaderTest, NeverRepeatsALineWhenItIsOvertaken) {
    std::mt19937 random(17);  // NOLINT(cert-msc51-cpp): the same histories in every run
    LogWriter few(dir_ / "log", 2);
    LogQuery query;
    query.follow = true;
    open(query);
    for (int i = 0; i < 600; ++i) {
        time_ns_ += 1'000'000;
        few.write({time_ns_, Stream::Stdout, false, std::to_string(i)});
        if (random() % 10 == 0) few.rotate();
        watcher_.fire();
        if (random() % 4 != 0) continue;
        if (!asked_) ask();
        executor_.run_one();
    }
    drain();
    for (std::size_t i = 1; i < got_.size(); ++i) ASSERT_LT(got_[i - 1], got_[i]);
    ASSERT_FALSE(got_.empty());
    EXPECT_NE(got_.back().find(" 599\n"), std::string::npos);
}

}  // namespace
}  // namespace potd::platform
