#include "core/monitor_link/frame.hpp"
#include "core/monitor_link/frame_codec.hpp"

#include <array>
#include <cstddef>
#include <random>

#include <gtest/gtest.h>

namespace potd::core::monitor_link {

namespace {

ExitFacts some_facts() {
    ExitFacts facts;
    facts.run = 9;
    facts.started_at_ms = 1'700'000'000'000;
    facts.ended_at_ms = 1'700'000'000'500;
    facts.has_main_status = true;
    facts.main_status = 7 << 8;
    facts.init_status = 0;
    facts.oom_kills = 2;
    facts.peak_memory = 1 << 20;
    facts.kill_requested = true;
    facts.signal_requested = 15;
    facts.lost_log_bytes = 4;
    return facts;
}

Hello some_hello() {
    Hello hello;
    hello.run = 9;
    hello.state = MonitorState::Ended;
    hello.processes = {{1, 11}, {2, 22}, {3, 33}};
    hello.started_at_ms = 5;
    hello.exit = some_facts();
    hello.failure = {Stage::Command, 2, "command x: not found in the pot"};
    return hello;
}

std::vector<std::byte> bytes_of(const auto& frame) {
    return encode(frame).value();
}

FrameView view_of(const std::vector<std::byte>& bytes) {
    FrameView view;
    EXPECT_TRUE(parse_frame(bytes, view));
    return view;
}

template <class Frame>
void decode_as(const FrameView& view) {
    Frame frame;
    ByteReader reader(view.payload);
    (void)read_payload(reader, frame);
}

/// Every decoder over the same payload; they may refuse, not misbehave.
template <class... Frames>
void decode_as_all(const FrameView& view) {
    (decode_as<Frames>(view), ...);
}

TEST(FrameTest, HelloComesBackWhole) {
    const auto bytes = bytes_of(some_hello());
    Hello hello;
    ASSERT_TRUE(decode_payload(view_of(bytes), hello));
    EXPECT_EQ(hello.state, MonitorState::Ended);
    EXPECT_EQ(hello.processes.main.start_time, 33U);
    EXPECT_EQ(hello.exit.main_status, 7 << 8);
    EXPECT_EQ(hello.exit.lost_log_bytes, 4U);
    EXPECT_EQ(hello.failure.text, "command x: not found in the pot");
}

TEST(FrameTest, ExecCarriesItsWords) {
    const auto bytes = encode_exec({3, true, 10, 20, "web", "/srv", {"sh", "-c", ""}, {"A=b"}});
    ASSERT_TRUE(bytes.ok());
    Exec exec;
    ASSERT_TRUE(decode_payload(view_of(*bytes), exec));
    std::vector<std::string> words;
    for (const std::string_view word : exec.argv) words.emplace_back(word);
    EXPECT_EQ(words, (std::vector<std::string>{"sh", "-c", ""}));
    EXPECT_EQ(exec.env.size(), 1U);
    EXPECT_EQ(exec.user, "web");
    EXPECT_EQ(exec.columns, 20);
}

TEST(FrameTest, ExecRefusesWhatItCannotCarry) {
    EXPECT_FALSE(encode_exec({3, false, 1, 1, "", "", {}, {}}).ok());
    EXPECT_FALSE(encode_exec({3, false, 1, 1, "", "", {std::string("a\0b", 3)}, {}}).ok());
    const auto large = encode_exec({3, false, 1, 1, "", "", {std::string(max_frame_size, 'x')}, {}});
    ASSERT_FALSE(large.ok());
    EXPECT_EQ(large.error().kind, ErrorKind::TooLarge);
}

TEST(FrameTest, EveryTruncationIsRefused) {
    const auto whole = bytes_of(some_hello());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        FrameView view;
        EXPECT_FALSE(parse_frame(std::span(whole).first(size), view)) << size;
        if (size < frame_header_size) continue;
        view.type = FrameType::Hello;
        view.payload = std::span(whole).subspan(frame_header_size, size - frame_header_size);
        // The last field came later: without it, it is one of before.
        const bool is_older = size + sizeof(std::int64_t) == whole.size();
        Hello hello;
        EXPECT_EQ(decode_payload(view, hello), is_older) << size;
    }
}

TEST(FrameTest, AForeignMagicIsRefused) {
    auto bytes = bytes_of(Kill{});
    bytes[0] ^= std::byte{1};
    FrameView view;
    EXPECT_FALSE(parse_frame(bytes, view));
}

TEST(FrameTest, ALongerPayloadOfANewerVersionIsAccepted) {
    auto bytes = bytes_of(Taken{4});
    bytes.insert(bytes.end(), 7, std::byte{0xaa});
    bytes[8] = static_cast<std::byte>(bytes.size() - frame_header_size);
    Taken taken;
    ASSERT_TRUE(decode_payload(view_of(bytes), taken));
    EXPECT_EQ(taken.run, 4U);
}

TEST(FrameTest, ImpossibleValuesAreRefused) {
    Signal signal;
    EXPECT_FALSE(decode_payload(view_of(bytes_of(Signal{0, SignalScope::Main})), signal));
    EXPECT_FALSE(decode_payload(view_of(bytes_of(Signal{65, SignalScope::Main})), signal));
    EXPECT_FALSE(decode_payload(view_of(bytes_of(Signal{9, static_cast<SignalScope>(2)})), signal));
}

TEST(FrameTest, RandomPayloadsDoNoHarm) {
    std::mt19937 random(1);
    for (int round = 0; round < 5000; ++round) {
        auto bytes = bytes_of(some_hello());
        for (int i = 0; i < 8; ++i) {
            bytes[frame_header_size + random() % (bytes.size() - frame_header_size)] =
                static_cast<std::byte>(random());
        }
        decode_as_all<Signal, Exec, ExecSignal, Resize, Taken, Hello, Started, Failed, ExecStarted,
                      ExecFailed, ExecExited, Exited, Attached, Attach, AttachMode, Tail>(view_of(bytes));
    }
}

TEST(FrameTest, AnAttachmentSaysWhetherItIsWaitedFor) {
    Attach attach;
    ASSERT_TRUE(decode_payload(view_of(bytes_of(Attach{true})), attach));
    EXPECT_TRUE(attach.wait);
    AttachMode mode{true};
    ASSERT_TRUE(decode_payload(view_of(bytes_of(AttachMode{false})), mode));
    EXPECT_FALSE(mode.wait);
}

TEST(FrameTest, AnAttachOfTheFirstVersionWaitsForNobody) {
    auto bytes = bytes_of(Attach{true});
    bytes.pop_back();
    bytes[8] = std::byte{0};
    Attach attach{true};
    ASSERT_TRUE(decode_payload(view_of(bytes), attach));
    EXPECT_FALSE(attach.wait);
}

TEST(FrameTest, EveryFrameSaysItsVersion) {
    EXPECT_EQ(view_of(bytes_of(some_hello())).version, protocol_version);
}

TEST(FrameTest, ALongReasonIsCut) {
    const std::string text(5000, 'x');
    Failed failed;
    const auto bytes = bytes_of(Failed{1, 2, {Stage::Root, 5, text}});
    ASSERT_TRUE(decode_payload(view_of(bytes), failed));
    EXPECT_EQ(failed.failure.text.size(), max_failure_text);
}

TEST(ExitRecordTest, BothKindsAreRead) {
    const auto exited = bytes_of(Exited{some_facts()});
    const auto end = decode_record({reinterpret_cast<const char*>(exited.data()), exited.size()});
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->failed);
    EXPECT_EQ(end->facts.peak_memory, 1 << 20);
    const auto failed = bytes_of(Failed{9, 1, {Stage::User, 2, "user x"}});
    const auto failure = decode_record({reinterpret_cast<const char*>(failed.data()), failed.size()});
    ASSERT_TRUE(failure.ok());
    EXPECT_TRUE(failure->failed);
    EXPECT_EQ(failure->failure_text, "user x");
    EXPECT_FALSE(decode_record("half").ok());
    EXPECT_FALSE(decode_record("").ok());
}

TEST(FrameTest, KillsForMemoryAreTold) {
    std::array<std::byte, 64> buffer{};
    const std::size_t size = encode_frame(buffer, Oom{3});
    FrameView view;
    ASSERT_TRUE(parse_frame({buffer.data(), size}, view));
    Oom oom;
    ASSERT_TRUE(decode_payload(view, oom));
    EXPECT_EQ(oom.kills, 3);
}

TEST(FrameTest, AHelloOfBeforeKillsForMemoryWereToldIsWhole) {
    std::array<std::byte, 512> buffer{};
    Hello hello;
    hello.run = 5;
    hello.oom_kills = 2;
    const std::size_t size = encode_frame(buffer, hello);
    FrameView view;
    ASSERT_TRUE(parse_frame({buffer.data(), size}, view));
    Hello read;
    ASSERT_TRUE(decode_payload(view, read));
    EXPECT_EQ(read.oom_kills, 2);
    view.payload = view.payload.first(view.payload.size() - sizeof(std::int64_t));
    Hello before;
    ASSERT_TRUE(decode_payload(view, before));
    EXPECT_EQ(before.run, 5U);
    EXPECT_EQ(before.oom_kills, 0);
}

}  // namespace

}  // namespace potd::core::monitor_link
