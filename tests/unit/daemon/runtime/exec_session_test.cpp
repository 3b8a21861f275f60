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
