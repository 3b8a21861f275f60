#pragma once

#include "core/base/result.hpp"
#include "core/monitor_link/frame_codec.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace potd::platform {

/// potd's end of the conversation with one monitor. Loop thread. Frames go out in order and are
/// queued while the socket is full; frames come in through `on_frame`.
class MonitorLink {
  public:
    using OnFrame = std::function<void(const core::monitor_link::FrameView&, std::vector<UniqueFd>)>;
    /// The other side closed or broke the rules; nothing follows.
    using OnClosed = std::function<void()>;

    MonitorLink(core::Reactor& reactor, UniqueFd socket);
    MonitorLink(const MonitorLink&) = delete;
    MonitorLink& operator=(const MonitorLink&) = delete;
    ~MonitorLink();

    /// Begins to read. Neither callback is called from inside. A callback may destroy the link.
    void start(OnFrame on_frame, OnClosed on_closed);

    /// Sends a frame; descriptors are duplicated by the kernel or kept until it is sent.
    /// Unavailable once the other side has closed.
    [[nodiscard]] core::Status send(std::vector<std::byte> frame, std::vector<UniqueFd> descriptors = {});

    template <class Frame>
    [[nodiscard]] core::Status send_frame(const Frame& frame) {
        auto bytes = core::monitor_link::encode(frame);
        if (!bytes) return std::move(bytes).error();
        return send(std::move(bytes).value());
    }

    /// Reads what has arrived without waiting for the loop; true if the link is still open after it.
    /// Callbacks are called from inside.
    bool drain();

    /// Frames that the socket has not taken yet.
    [[nodiscard]] std::size_t queued() const { return queue_.size(); }
    [[nodiscard]] bool open() const { return static_cast<bool>(socket_); }
    /// The protocol the monitor speaks, by its last frame; ours before the first.
    [[nodiscard]] std::uint16_t peer_version() const { return peer_version_; }

  private:
    struct Outgoing {
        std::vector<std::byte> frame;
        std::vector<UniqueFd> descriptors;
    };

    void await_input();
    void await_output();
    void flush();
    [[nodiscard]] core::Result<bool> send_now(const Outgoing& outgoing);
    void close();

    core::Reactor& reactor_;
    UniqueFd socket_;
    std::shared_ptr<const OnFrame> on_frame_;  ///< shared: it may destroy us while it runs
    OnClosed on_closed_;
    std::deque<Outgoing> queue_;
    bool writing_ = false;
    std::uint16_t peer_version_ = core::monitor_link::protocol_version;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
