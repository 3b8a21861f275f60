#include "daemon/platform/posix/monitor_link.hpp"

#include "daemon/platform/posix/unix_socket.hpp"

#include <span>

namespace potd::platform {

namespace link = core::monitor_link;

MonitorLink::MonitorLink(core::Reactor& reactor, UniqueFd socket)
    : reactor_(reactor), socket_(std::move(socket)) {}

MonitorLink::~MonitorLink() {
    *alive_ = false;
    if (socket_) reactor_.forget(socket_.get());
}

void MonitorLink::start(OnFrame on_frame, OnClosed on_closed) {
    on_frame_ = std::make_shared<const OnFrame>(std::move(on_frame));
    on_closed_ = std::move(on_closed);
    await_input();
}

void MonitorLink::await_input() {
    reactor_.wait(socket_.get(), core::Reactor::Interest::Read, [this, alive = alive_] {
        if (!*alive || !drain()) return;
        await_input();
    });
}

void MonitorLink::close() {
    if (!socket_) return;
    reactor_.forget(socket_.get());
    socket_.reset();
    queue_.clear();
    // The callback may destroy us, and with us itself.
    const OnClosed closed = std::move(on_closed_);
    if (closed) closed();
}

bool MonitorLink::drain() {
    // One buffer for all links of the loop thread: a frame is used up before the next is read.
    static thread_local std::vector<std::byte> buffer(link::max_frame_size);
    const std::shared_ptr<bool> alive = alive_;
    const std::shared_ptr<const OnFrame> on_frame = on_frame_;
    while (*alive && socket_) {
        auto message = receive_message(socket_.get(), buffer);
        if (message && message->none) return true;
        link::FrameView frame;
        if (!message || message->end || !link::parse_frame(std::span(buffer).first(message->size), frame)) {
            close();
            return false;
        }
        peer_version_ = frame.version;
        (*on_frame)(frame, std::move(message->descriptors));
    }
    return false;
}

core::Result<bool> MonitorLink::send_now(const Outgoing& outgoing) {
    std::vector<int> numbers;
    numbers.reserve(outgoing.descriptors.size());
    for (const UniqueFd& fd : outgoing.descriptors) numbers.push_back(fd.get());
    return send_message(socket_.get(), outgoing.frame, numbers);
}

core::Status MonitorLink::send(std::vector<std::byte> frame, std::vector<UniqueFd> descriptors) {
    if (!socket_) return core::error(core::ErrorKind::Unavailable, "the monitor has closed its link");
    queue_.push_back({std::move(frame), std::move(descriptors)});
    if (!writing_) flush();
    return {};
}

void MonitorLink::await_output() {
    writing_ = true;
    reactor_.wait(socket_.get(), core::Reactor::Interest::Write, [this, alive = alive_] {
        if (!*alive) return;
        writing_ = false;
        flush();
    });
}

void MonitorLink::flush() {
    while (!queue_.empty()) {
        const auto sent = send_now(queue_.front());
        if (sent && !sent.value()) return await_output();
        // A send that fails means the other side is gone, which reading will tell.
        queue_.pop_front();
        if (!sent) return queue_.clear();
    }
}

}  // namespace potd::platform
