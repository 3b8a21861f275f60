// A console whose monitor is the test: what it is asked for, and what becomes of what it answers.
#include "daemon/platform/posix/console.hpp"

#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/posix/unix_socket.hpp"
#include "tests/support/poll_loop.hpp"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace link = core::monitor_link;

/// What came from potd.
struct Received {
    std::vector<std::byte> bytes;
    link::FrameView frame;
    std::vector<UniqueFd> descriptors;

    template <class Frame>
    [[nodiscard]] Frame as() const {
        Frame decoded;
        EXPECT_TRUE(link::decode_payload(frame, decoded));
        return decoded;
    }
};

/// A frame of another time.
struct Unheard {
    static constexpr auto type = static_cast<link::FrameType>(1000);
};
void write_payload(link::ByteWriter& out, const Unheard&) {
    out.text("of another time");
}

class ConsoleTest : public ::testing::Test {
  protected:
    using Session = std::unique_ptr<core::ExecSession>;

    ConsoleTest() {
        auto ends = message_pair();
        link_ = std::make_unique<MonitorLink>(loop_, std::move(ends->first));
        monitor_ = std::move(ends->second);
        link_->start([this](const link::FrameView& frame,
                            std::vector<UniqueFd> fds) { table_->take(frame, std::move(fds)); },
                     [this] { table_->connect(nullptr); });
        table_->connect(link_.get());
        console_ = Console::create({loop_, loop_, loop_, loop_}, table_);
    }

    template <class Frame>
    void say(const Frame& frame, const std::vector<int>& fds = {}, std::uint16_t version = 0) {
        auto bytes = link::encode(frame).value();
        if (version != 0) bytes[4] = static_cast<std::byte>(version);
        ASSERT_TRUE(send_message(monitor_.get(), bytes, fds).ok());
    }
    /// The next frame of potd's.
    Received hear() {
        Received heard;
        heard.bytes.resize(4096);
        auto message = receive_message(monitor_.get(), heard.bytes);
        EXPECT_TRUE(message.ok());
        heard.bytes.resize(message->size);
        EXPECT_TRUE(link::parse_frame(heard.bytes, heard.frame));
        heard.descriptors = std::move(message->descriptors);
        return heard;
    }
    /// Joins; the monitor grants it, with an input.
    Session join(bool lossless) {
        Session session;
        console_->join({lossless}, [&session](core::Result<Session> made) {
            ASSERT_TRUE(made.ok());
            session = std::move(made).value();
        });
        if (!session) grant();
        EXPECT_TRUE(loop_.run_until([&] { return session != nullptr; }));
        return session;
    }
    void grant() {
        Received attach = hear();
        asked_to_wait_ = attach.as<link::Attach>().wait;
        ASSERT_EQ(attach.descriptors.size(), 2U);
        out_ = std::move(attach.descriptors[0]);
        err_ = std::move(attach.descriptors[1]);
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        input_.reset(ends[0]);
        const UniqueFd theirs(ends[1]);
        say(link::Attached{true, false}, {theirs.get()});
    }
    void begin(Session& session) {
        session->start([this](core::Stream, std::string_view bytes) { shown_ += bytes; },
                       [this](core::ExecResult result) { result_ = result; });
    }
    static void put(const UniqueFd& fd, std::string_view text) {
        ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    bool done() {
        return loop_.run_until([this] { return result_.has_value(); });
    }

    test::PollLoop loop_;
    std::shared_ptr<ExecTable> table_ = std::make_shared<ExecTable>();
    std::unique_ptr<MonitorLink> link_;
    UniqueFd monitor_, out_, err_, input_;
    std::shared_ptr<Console> console_;
    bool asked_to_wait_ = false;
    std::string shown_;
    std::optional<core::ExecResult> result_;
};

TEST_F(ConsoleTest, TheMonitorIsAskedToWaitForALosslessClientOnly) {
    const Session watcher = join(false);
    EXPECT_FALSE(asked_to_wait_);
    {
        const Session reader = join(true);
        EXPECT_TRUE(hear().as<link::AttachMode>().wait);
    }
    EXPECT_FALSE(hear().as<link::AttachMode>().wait);
}

TEST_F(ConsoleTest, AMonitorOfTheFirstVersionIsNotAskedToWait) {
    say(link::Hello{}, {}, 1);
    loop_.run_ready();
    ASSERT_TRUE(loop_.run_until([this] { return !table_->can_wait(); }));
    Session reader = join(true);
    EXPECT_FALSE(asked_to_wait_);
    begin(reader);
    put(out_, "hello");
    ASSERT_TRUE(loop_.run_until([this] { return shown_ == "hello"; }));
}

TEST_F(ConsoleTest, WhatAMonitorOfALaterVersionSaysMoreIsPassedOver) {
    Session reader = join(true);
    say(Unheard{}, {input_.get()}, link::protocol_version + 1);
    begin(reader);
    put(out_, "hello");
    ASSERT_TRUE(loop_.run_until([this] { return shown_ == "hello"; }));
    EXPECT_TRUE(link_->open());
    EXPECT_TRUE(table_->can_wait());
}

TEST_F(ConsoleTest, ClosingTheInputClosesItAtTheMonitorToo) {
    Session session = join(false);
    ASSERT_TRUE(session->write("last").ok());
    session->close_stdin();
    EXPECT_EQ(hear().frame.type, link::FrameType::CloseInput);
    std::array<char, 8> bytes{};
    EXPECT_EQ(::read(input_.get(), bytes.data(), bytes.size()), 4);
    EXPECT_EQ(::read(input_.get(), bytes.data(), bytes.size()), 0) << "ours is closed";
}

TEST_F(ConsoleTest, TheTailFollowsWhatIsInThePipe) {
    Session session = join(true);
    session->pause_output(true);
    begin(session);
    put(out_, "one ");
    const auto tail = sealed_memory_file("tail", "two");
    say(link::Tail{true, false}, {tail->get()});
    out_.reset();
    err_.reset();
    loop_.run_ready();
    ASSERT_TRUE(link_->drain());
    table_->finish(7 << 8);
    loop_.run_ready();
    EXPECT_EQ(shown_, "");
    EXPECT_FALSE(result_);
    session->pause_output(false);
    ASSERT_TRUE(done());
    EXPECT_EQ(shown_, "one two");
    EXPECT_EQ(result_->exit_code, 7);
}

TEST_F(ConsoleTest, TheEndComesAlsoIfSomebodyHoldsTheStreams) {
    Session session = join(true);
    begin(session);
    put(out_, "one");
    table_->finish(0);
    ASSERT_TRUE(done());
    EXPECT_EQ(shown_, "one");
}

TEST_F(ConsoleTest, AClientThatWasDroppedByTheMonitorIsAskedForAgain) {
    Session session = join(false);
    begin(session);
    out_.reset();
    err_.reset();
    ASSERT_TRUE(loop_.run_until([this] { return console_->asking(); }));
    grant();
    put(out_, "again");
    ASSERT_TRUE(loop_.run_until([this] { return shown_ == "again"; }));
}

TEST_F(ConsoleTest, ARunThatEndsBeforeTheAnswerHasNoConsole) {
    std::optional<core::ErrorKind> refused;
    console_->join({true}, [&](core::Result<Session> made) { refused = made.error().kind; });
    table_->finish(9);
    ASSERT_TRUE(loop_.run_until([&] { return refused.has_value(); }));
    EXPECT_EQ(refused, core::ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd::platform
