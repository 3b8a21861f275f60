// A potmon whose potd is younger: what came after its time it passes over, what it knows it does.
#include "tests/integration/monitor_fixture.hpp"

#include <csignal>
#include <filesystem>
#include <iterator>
#include <span>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {

namespace {

/// The frame as a potd of a later version would send it: its number, and a field more at the end.
template <class Frame>
std::vector<std::byte> from_later(const Frame& frame) {
    constexpr std::size_t version_position = 4, length_position = 8, more = 16;
    std::vector<std::byte> bytes = link::encode(frame).value();
    bytes.insert(bytes.end(), more, std::byte{0xa5});
    bytes[version_position] = std::byte{link::protocol_version + 1};
    link::ByteWriter length(std::span<std::byte>(bytes).subspan(length_position, 4));
    length.u32(static_cast<std::uint32_t>(bytes.size() - link::frame_header_size));
    return bytes;
}

struct Unheard {
    static constexpr auto type = static_cast<link::FrameType>(1000);
};
void write_payload(link::ByteWriter& out, const Unheard&) {
    out.text("of another time");
}

class MonitorAgeTest : public MonitorTest {
  protected:
    [[nodiscard]] std::size_t descriptors_of_the_monitor() const {
        const auto folder = "/proc/" + std::to_string(monitor_.identity().pid) + "/fd";
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
    }
    /// Until it has read all that was sent: it answers an exec that it cannot run.
    void wait_for_an_answer() {
        const auto order = link::encode_exec({99, true, 24, 80, "", "", {"/no/such"}, {}});
        link_.send_bytes(*order);
        ASSERT_TRUE(link_.next(link::FrameType::ExecFailed).has_value());
    }
};

TEST_F(MonitorAgeTest, AFrameOfAnUnknownTypeIsPassedOver) {
    start(plan({"sleep", "1000"}));
    expect_started();
    wait_for_an_answer();
    const std::size_t before = descriptors_of_the_monitor();
    const platform::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int i = 0; i < 50; ++i) link_.send(Unheard{}, {null.get(), null.get(), null.get()});
    wait_for_an_answer();
    EXPECT_EQ(descriptors_of_the_monitor(), before) << "what came along is closed";
    link_.send(link::Kill{});
    EXPECT_TRUE(expect_exited().kill_requested);
    take();
}

TEST_F(MonitorAgeTest, WhatItKnowsOfALongerFrameItDoes) {
    start(plan({"sh", "-c", "trap 'exit 8' TERM; echo ready; while :; do sleep 0.02; done"}));
    expect_started();
    wait_for_log("ready");
    std::vector<std::byte> exec =
        link::encode_exec({1, true, 24, 80, "", "", {"sh", "-c", "exit 3"}, {}}).value();
    link::FrameView view;
    ASSERT_TRUE(link::parse_frame(exec, view));
    link::Exec order;
    ASSERT_TRUE(link::decode_payload(view, order));
    link_.send_bytes(from_later(order));
    const auto started = link_.next(link::FrameType::ExecStarted);  // has the terminal, whose end is a hangup
    ASSERT_TRUE(started.has_value());
    const auto exited = link_.next(link::FrameType::ExecExited);
    ASSERT_TRUE(exited.has_value());
    EXPECT_EQ(WEXITSTATUS(exited->as<link::ExecExited>().status), 3);

    int ends[2] = {-1, -1};
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const platform::UniqueFd read(ends[0]), write(ends[1]);
    link_.send_bytes(from_later(link::Attach{true}), {write.get()});
    EXPECT_TRUE(link_.next(link::FrameType::Attached).has_value());
    link_.send_bytes(from_later(link::AttachMode{false}));
    link_.send_bytes(from_later(link::Resize{10, 20}));
    link_.send_bytes(from_later(link::Signal{SIGTERM, link::SignalScope::Main}));
    const link::ExitFacts facts = expect_exited();
    EXPECT_EQ(WEXITSTATUS(facts.main_status), 8);
    EXPECT_EQ(facts.signal_requested, SIGTERM);
    link_.send_bytes(from_later(link::Taken{7}));
    EXPECT_FALSE(link_.next().has_value()) << "it has gone";
}

TEST_F(MonitorAgeTest, AFrameThatIsCutShortIsPassedOver) {
    start(plan({"sleep", "1000"}));
    expect_started();
    std::vector<std::byte> bytes = link::encode(link::Signal{SIGTERM, link::SignalScope::Main}).value();
    bytes.resize(link::frame_header_size);
    bytes[8] = std::byte{0};
    link_.send_bytes(bytes);
    wait_for_an_answer();
    link_.send(link::Kill{});
    EXPECT_EQ(expect_exited().signal_requested, 0);
    take();
}

}  // namespace

}  // namespace potd::test
