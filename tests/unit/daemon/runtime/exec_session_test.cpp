#include "daemon/platform/posix/exec_session.hpp"

#include "daemon/platform/posix/unix_socket.hpp"
#include "tests/support/poll_loop.hpp"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace link = core::monitor_link;

/// A session whose other side is the test: it holds the ends that a command would have.
class ExecSessionTest : public ::testing::Test {
  protected:
    ExecSessionTest() {
        auto ends = message_pair();
        link_ = std::make_unique<MonitorLink>(loop_, std::move(ends->first));
        monitor_ = std::move(ends->second);
        link_->start([this](const link::FrameView& frame,
                            std::vector<UniqueFd> fds) { table_->take(frame, std::move(fds)); },
                     [this] { table_->connect(nullptr); });
        table_->connect(link_.get());
        session_ = std::make_unique<MonitorExecSession>(parts(), table_, 5, streams());
    }

    Loop parts() { return {loop_, loop_, loop_, loop_}; }
    SessionFds streams() {
        SessionFds fds;
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        command_in_.reset(ends[0]);
        fds.input.reset(ends[1]);
        for (auto* pair : {&command_out_, &command_err_}) {
            EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
            (pair == &command_out_ ? fds.output : fds.error).reset(ends[0]);
            pair->reset(ends[1]);
        }
        return fds;
    }
    void start() {
        session_->start(
            [this](core::Stream stream, std::string_view bytes) {
                (stream == core::Stream::Stdout ? out_ : err_).append(bytes);
            },
            [this](core::ExecResult result) { result_ = result; });
    }
    void command_ends(int status) {
        const auto frame = link::encode(link::ExecExited{5, status});
        ASSERT_TRUE(send_message(monitor_.get(), frame.value(), {}).ok());
    }
    static void put(const UniqueFd& fd, std::string_view text) {
        ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    bool done() {
        return loop_.run_until([this] { return result_.has_value(); });
    }

    test::PollLoop loop_;
    std::unique_ptr<MonitorLink> link_;
    UniqueFd monitor_, command_in_, command_out_, command_err_;
    std::shared_ptr<ExecTable> table_ = std::make_shared<ExecTable>();
    std::unique_ptr<MonitorExecSession> session_;
    std::string out_, err_;
    std::optional<core::ExecResult> result_;
};

TEST_F(ExecSessionTest, GivesAllOutputBeforeTheResult) {
    put(command_out_, std::string(60'000, 'a'));
    put(command_err_, "oops");
    command_ends(7 << 8);
    start();
    ASSERT_TRUE(done());
    EXPECT_EQ(out_.size(), 60'000U);
    EXPECT_EQ(err_, "oops");
    EXPECT_EQ(result_->exit_code, 7);
}

TEST_F(ExecSessionTest, AnEndThatCameBeforeTheStartIsTold) {
    command_ends(0);
    (void)loop_.run_until([] { return false; }, core::milliseconds{20});
    put(command_out_, "late reader");
    start();
    ASSERT_TRUE(done());
    EXPECT_EQ(out_, "late reader");
}

TEST_F(ExecSessionTest, AStreamHeldOpenBySomebodyElseDoesNotDelayTheEnd) {
    start();
    put(command_out_, "x");
    command_ends(9);
    ASSERT_TRUE(done());  // command_out_ is still open
    EXPECT_EQ(result_->exit_code, 137);
    EXPECT_EQ(result_->signal, 9);
}

TEST_F(ExecSessionTest, WhoGoesOnWritingDoesNotPutOffTheEnd) {
    constexpr std::size_t own = 60'000, endless = 64U << 20U;
    // As what a command left behind: it fills the pipe as fast as that is emptied.
    session_->start(
        [this](core::Stream /*stream*/, std::string_view bytes) {
            out_ += bytes;
            if (out_.size() < endless) put(command_out_, std::string(bytes.size(), 'y'));
        },
        [this](core::ExecResult result) { result_ = result; });
    put(command_out_, std::string(own, 'a'));
    command_ends(0);
    ASSERT_TRUE(done());
    EXPECT_TRUE(out_.starts_with(std::string(own, 'a'))) << "its own is all there";
    EXPECT_LT(out_.size(), 1U << 20U);
}

TEST_F(ExecSessionTest, AllThatWasThereAtTheEndIsRead) {
    constexpr int large = 1 << 20;
    ASSERT_EQ(::fcntl(command_out_.get(), F_SETPIPE_SZ, large), large);
    put(command_out_, std::string(large, 'a'));
    command_ends(0);
    (void)loop_.run_until([] { return false; }, core::milliseconds{20});
    start();
    ASSERT_TRUE(done());
    EXPECT_EQ(out_.size(), static_cast<std::size_t>(large));
}

TEST_F(ExecSessionTest, APausedReaderGetsItsBytesLater) {
    start();
    session_->pause_output(true);
    put(command_out_, "held");
    command_ends(0);
    (void)loop_.run_until([] { return false; }, core::milliseconds{20});
    EXPECT_EQ(out_, "");
    EXPECT_FALSE(result_);
    session_->pause_output(false);
    ASSERT_TRUE(done());
    EXPECT_EQ(out_, "held");
}

TEST_F(ExecSessionTest, WritesMoreThanAPipeHolds) {
    start();
    const std::string text(200'000, 'z');
    ASSERT_TRUE(session_->write(text).ok());
    EXPECT_GT(session_->unwritten(), 0U);
    session_->close_stdin();
    EXPECT_EQ(session_->write("more").error().kind, core::ErrorKind::Conflict);
    std::string read;
    std::array<char, 65536> buffer{};
    ASSERT_EQ(::fcntl(command_in_.get(), F_SETFL, O_NONBLOCK), 0);
    bool ended = false;
    ASSERT_TRUE(loop_.run_until([&] {
        const ssize_t got = ::read(command_in_.get(), buffer.data(), buffer.size());
        if (got > 0) read.append(buffer.data(), static_cast<std::size_t>(got));
        ended = got == 0;
        loop_.post([] {});
        return ended;
    }));
    EXPECT_EQ(read, text);
}

TEST_F(ExecSessionTest, AnInputThatIsNeverEmptyIsForgottenWhereItWasTaken) {
    SessionFds fds = streams();
    InputStream input(loop_, std::move(fds.input));
    std::array<char, 65536> buffer{};
    constexpr std::size_t piece = 256 << 10;
    ASSERT_TRUE(input.write(std::string(2 * piece, 'z')).ok());
    for (std::size_t read = 0; read < 64 * piece;) {
        const ssize_t got = ::read(command_in_.get(), buffer.data(), buffer.size());
        ASSERT_GT(got, 0);
        read += static_cast<std::size_t>(got);
        loop_.run_ready();
        ASSERT_GT(input.unwritten(), 0U) << "this is about one that is never empty";
        if (input.unwritten() <= piece) {
            ASSERT_TRUE(input.write(std::string(piece, 'z')).ok());
        }
        ASSERT_LT(input.kept(), 8 * piece);
    }
}

TEST_F(ExecSessionTest, ABusyMonitorIsAskedForNoMoreSignals) {
    start();
    core::Status last;
    for (int i = 0; i < 100'000 && last; ++i) last = session_->signal(15);
    ASSERT_FALSE(last) << "nobody reads them";
    EXPECT_EQ(last.error().kind, core::ErrorKind::ResourceExhausted);
    const std::size_t waiting = link_->queued();
    EXPECT_EQ(session_->signal(15).error().kind, core::ErrorKind::ResourceExhausted);
    EXPECT_EQ(link_->queued(), waiting);
    for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(session_->signal(9).ok()) << "that one always";
    EXPECT_EQ(link_->queued(), waiting + 1);
}

TEST_F(ExecSessionTest, AKillThatCouldNotBeSentIsNotTakenForSent) {
    start();
    table_->connect(nullptr);
    EXPECT_FALSE(session_->signal(9));
    EXPECT_FALSE(session_->signal(9));
    table_->connect(link_.get());
    EXPECT_TRUE(session_->signal(9));
}

TEST_F(ExecSessionTest, RefusesInputThatNobodyReads) {
    ASSERT_TRUE(session_->write(std::string(2 << 20, 'q')).ok());
    EXPECT_EQ(session_->write("x").error().kind, core::ErrorKind::ResourceExhausted);
}

TEST_F(ExecSessionTest, ADestroyedSessionIsNotCalled) {
    start();
    put(command_out_, "x");
    command_ends(0);
    session_.reset();
    (void)loop_.run_until([] { return false; }, core::milliseconds{20});
    EXPECT_EQ(out_, "");
    EXPECT_FALSE(result_);
}

TEST_F(ExecSessionTest, MayBeDestroyedFromItsOwnOutput) {
    session_->start([this](core::Stream, std::string_view) { session_.reset(); },
                    [](core::ExecResult) { FAIL(); });
    put(command_out_, "x");
    ASSERT_TRUE(loop_.run_until([this] { return session_ == nullptr; }));
}

TEST_F(ExecSessionTest, TheEndOfTheRunEndsIt) {
    start();
    table_->finish(0);
    ASSERT_TRUE(done());
    EXPECT_EQ(result_->signal, 9);
    EXPECT_EQ(session_->signal(15).error().kind, core::ErrorKind::NotFound);
}

TEST_F(ExecSessionTest, OnlyATerminalIsResized) {
    EXPECT_EQ(session_->resize(10, 20).error().kind, core::ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd::platform
