#pragma once

#include "core/monitor_link/frame_codec.hpp"
#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {

namespace link = core::monitor_link;

/// One message from potmon, with what came along.
struct OwnedFrame {
    std::vector<std::byte> bytes;
    link::FrameView view;
    std::vector<platform::UniqueFd> fds;

    template <class Frame>
    [[nodiscard]] Frame as() const {
        Frame frame;
        EXPECT_TRUE(link::decode_payload(view, frame));
        return frame;
    }
};

/// potd's side of the link, waiting at most a minute for anything.
class LinkClient {
  public:
    LinkClient() = default;
    explicit LinkClient(platform::UniqueFd socket) : socket_(std::move(socket)) {}
    [[nodiscard]] static LinkClient connect(const std::string& path);

    /// The next message; none when the link has ended.
    [[nodiscard]] std::optional<OwnedFrame> next();
    /// The next message of this type; others are dropped.
    [[nodiscard]] std::optional<OwnedFrame> next(link::FrameType type);
    template <class Frame>
    void send(const Frame& frame, const std::vector<int>& fds = {}) {
        const auto bytes = link::encode(frame);
        ASSERT_TRUE(bytes.ok());
        send_bytes(*bytes, fds);
    }
    void send_bytes(const std::vector<std::byte>& bytes, const std::vector<int>& fds = {});
    void close() { socket_.reset(); }

  private:
    platform::UniqueFd socket_;
};

/// A pot on a busybox root: its folders, cgroups and potmon. Everything is gone afterwards.
class MonitorTest : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    /// A plan that runs `argv` on an overlay over the busybox root.
    [[nodiscard]] platform::LaunchPlan plan(std::vector<std::string> argv) const;
    void start(const platform::LaunchPlan& plan) {
        prepare(plan);
        spawn_prepared();
    }
    /// start in two parts: memory files and socket, then the spawn itself.
    void prepare(const platform::LaunchPlan& plan);
    void spawn_prepared();
    /// One potmon executable for several fixtures, as potd has it; -1 = an own one.
    void use_program(int fd);
    [[nodiscard]] int program_fd() const { return program_.get(); }
    /// Start, and the facts of the end.
    link::ExitFacts run(const platform::LaunchPlan& plan);
    link::Started expect_started();
    link::ExitFacts expect_exited();
    /// potmon is told that the end is taken, and exits 0.
    void take();
    [[nodiscard]] link::Failed run_to_failure(const platform::LaunchPlan& plan);
    /// Text column of the log, "stdout F text" a line.
    [[nodiscard]] std::vector<std::string> log_lines() const;
    /// Until the log holds a line with this text.
    void wait_for_log(const std::string& text) const;
    /// Until this process is gone (reaped).
    static void wait_for_end(std::int32_t pid);
    [[nodiscard]] std::string path(const std::string& name) const {
        return (directory_->path() / name).string();
    }
    [[nodiscard]] const std::string& socket_path() const { return socket_path_; }
    [[nodiscard]] std::vector<std::string> cgroup_directories() const;

    LinkClient link_;
    platform::ProcessHandle monitor_;
    std::string failure_text_;  ///< of the last run_to_failure

  private:
    void make_root();

    std::optional<TempDir> directory_;
    platform::UniqueFd program_, plan_file_, their_end_, null_;
    std::string socket_path_;
};

}  // namespace potd::test
