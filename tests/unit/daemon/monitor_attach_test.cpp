// The pump and who is attached to it: who waits for whom, and what becomes of the bytes.
#include "daemon/monitor/log_pump.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <csignal>
#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

using platform::UniqueFd;
using Source = LogPump::Source;

struct Pipe {
    UniqueFd read_end, write_end;
    Pipe() {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        read_end.reset(ends[0]);
        write_end.reset(ends[1]);
    }
};

std::string read_some(int fd) {
    std::string bytes(1 << 16, '\0');
    const ssize_t size = ::read(fd, bytes.data(), bytes.size());
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
}

std::string read_tail(int fd) {
    std::string bytes(1 << 20, '\0');
    const ssize_t size = fd < 0 ? 0 : ::pread(fd, bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
}

class LogPumpAttachTest : public ::testing::Test {
  protected:
    LogPumpAttachTest() : buffers_(std::make_unique<LogBuffers>()), pump_(*buffers_) {
        (void)::signal(SIGPIPE, SIG_IGN);
        EXPECT_EQ(pump_.open_log(directory_.path().c_str(), {0, 0, 1}), 0);
        pump_.set_source(Source::Output, pot_.read_end.release());
        pump_.set_source(Source::Errors, pot_errors_.read_end.release());
    }
    void attach(bool wait) { pump_.attach(out_.write_end.release(), errors_.write_end.release(), wait); }
    /// Writes as much of `bytes` as the pot's pipe takes.
    std::size_t write(std::string_view bytes) {
        const ssize_t size = ::write(pot_.write_end.get(), bytes.data(), bytes.size());
        return size < 0 ? 0 : static_cast<std::size_t>(size);
    }
    void pump() {
        while (pump_.pump(Source::Output)) {
        }
    }
    /// Until neither pipe nor pump takes any more; what was written.
    std::string fill() {
        std::string all;
        const std::string piece(5000, 'x');
        for (int refused = 0; refused < 3;) {
            const std::string marked = std::to_string(all.size()) + piece;
            const std::size_t taken = write(marked);
            all += marked.substr(0, taken);
            refused = taken < marked.size() ? refused + 1 : 0;
            pump();
        }
        return all;
    }

    test::TempDir directory_;
    Pipe pot_, pot_errors_, out_, errors_;
    std::unique_ptr<LogBuffers> buffers_;
    LogPump pump_;
};

TEST_F(LogPumpAttachTest, AnyBytesAreCopied) {
    attach(true);
    const std::string bytes("\0\xff\n\n\xc3", 5);
    write(bytes);
    pump();
    EXPECT_EQ(read_some(out_.read_end.get()), bytes);
    EXPECT_EQ(read_some(errors_.read_end.get()), "");
}

TEST_F(LogPumpAttachTest, AReaderThatIsWaitedForHoldsThePotUpAndMissesNothing) {
    attach(true);
    const std::string all = fill();
    EXPECT_TRUE(pump_.wanted(Source::Output).writing);
    std::string got;
    while (got.size() < all.size()) {
        const std::string some = read_some(out_.read_end.get());
        ASSERT_FALSE(some.empty()) << got.size() << " of " << all.size();
        got += some;
        pump();
    }
    EXPECT_EQ(got, all);
    EXPECT_FALSE(pump_.wanted(Source::Output).writing);
}

TEST_F(LogPumpAttachTest, OneStreamThatIsHeldUpDoesNotHoldTheOther) {
    attach(true);
    fill();
    ASSERT_EQ(::write(pot_errors_.write_end.get(), "oops", 4), 4);
    EXPECT_FALSE(pump_.wanted(Source::Errors).writing);
    pump_.pump(Source::Errors);
    EXPECT_EQ(read_some(errors_.read_end.get()), "oops");
}

TEST_F(LogPumpAttachTest, AReaderThatIsNotWaitedForIsDropped) {
    attach(false);
    const std::string piece(50'000, 'x');
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(write(piece), piece.size()) << i;
        pump();
    }
    std::string got;
    for (std::string some = read_some(out_.read_end.get()); !some.empty();
         some = read_some(out_.read_end.get())) {
        got += some;
    }
    EXPECT_LT(got.size(), 20 * piece.size());
    EXPECT_EQ(::read(errors_.read_end.get(), got.data(), 1), 0) << "both are closed";
}

TEST_F(LogPumpAttachTest, AReaderThatIsGoneHoldsNothingUp) {
    attach(true);
    fill();
    out_.read_end.reset();
    pump();
    EXPECT_FALSE(pump_.wanted(Source::Output).writing);
    const std::string piece(50'000, 'x');
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(write(piece), piece.size()) << i;
        pump();
    }
}

TEST_F(LogPumpAttachTest, WaitingCanBeTakenBack) {
    attach(true);
    fill();
    pump_.set_wait(false);
    EXPECT_FALSE(pump_.wanted(Source::Output).writing);
    pump();
    const std::string piece(50'000, 'x');
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(write(piece), piece.size()) << i;
        pump();
    }
}

TEST_F(LogPumpAttachTest, TheEndWaitsForNobodyAndTheRestIsInTheTail) {
    attach(true);
    const std::string all = fill();
    ASSERT_EQ(::write(pot_errors_.write_end.get(), "oops", 4), 4);
    pot_.write_end.reset();
    pot_errors_.write_end.reset();
    pump_.finish();
    std::string got;
    for (std::string some = read_some(out_.read_end.get()); !some.empty();
         some = read_some(out_.read_end.get())) {
        got += some;
    }
    EXPECT_LT(got.size(), all.size());
    EXPECT_EQ(got + read_tail(pump_.tail_fd(Source::Output)), all);
    EXPECT_EQ(read_some(errors_.read_end.get()), "oops");
    EXPECT_LT(pump_.tail_fd(Source::Errors), 0);
    pump_.close_tails();
    EXPECT_LT(pump_.tail_fd(Source::Output), 0);
}

TEST_F(LogPumpAttachTest, WhoIsNotWaitedForHasNoTail) {
    attach(false);
    write(std::string(60'000, 'x'));
    pot_.write_end.reset();
    pot_errors_.write_end.reset();
    pump_.finish();
    EXPECT_LT(pump_.tail_fd(Source::Output), 0);
}

}  // namespace

}  // namespace potd::monitor
