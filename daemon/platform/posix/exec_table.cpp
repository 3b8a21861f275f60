#include "daemon/platform/posix/exec_table.hpp"

#include "daemon/platform/posix/monitor_facts.hpp"

#include <csignal>
#include <cstddef>
#include <random>
#include <utility>

namespace potd::platform {

namespace link = core::monitor_link;

namespace {

core::Error ended_error() {
    return core::error(core::ErrorKind::Conflict, "the pot is not running");
}

/// A monitor that outlived an earlier potd may have its execs still, hence no fixed beginning. To make a
/// source asks the processor what it can, which in a virtual machine takes longer than to spawn a process.
std::uint32_t some_id() {
    static std::random_device source;
    return source();
}

}  // namespace

ExecTable::ExecTable() : last_id_(some_id()) {}

template <class Frame>
core::Status ExecTable::send(const Frame& frame) {
    if (link_ == nullptr) return ended_error();
    return link_->send_frame(frame);
}

void ExecTable::start(link::ExecOrder order, std::vector<UniqueFd> standard, core::Reply<Begun> reply) {
    if (link_ == nullptr) return reply(ended_error());
    if (++last_id_ == 0) ++last_id_;
    order.id = last_id_;
    auto frame = link::encode_exec(order);
    if (!frame) return reply(std::move(frame).error());
    if (auto sent = link_->send(std::move(frame).value(), std::move(standard)); !sent) {
        return reply(std::move(sent).error());
    }
    pending_.emplace(order.id, std::move(reply));
}

void ExecTable::attach(std::vector<UniqueFd> outputs, bool wait, core::Reply<Console> reply) {
    if (link_ == nullptr) return reply(ended_error());
    auto frame = link::encode(link::Attach{wait});
    if (!frame) return reply(std::move(frame).error());
    if (auto sent = link_->send(std::move(frame).value(), std::move(outputs)); !sent) {
        return reply(std::move(sent).error());
    }
    attaching_.push_back(std::move(reply));
}

bool ExecTable::can_wait() const {
    return link_ != nullptr && link_->peer_version() >= link::waiting_version;
}

core::Status ExecTable::set_wait(bool wait) {
    return send(link::AttachMode{wait});
}

core::Status ExecTable::close_input() {
    return send(link::CloseInput{});
}

core::Status ExecTable::check_backlog() const {
    constexpr std::size_t most_waiting = 64;
    if (link_ == nullptr || link_->queued() < most_waiting) return {};
    return core::error(core::ErrorKind::ResourceExhausted, "the pot's monitor has too much to do");
}

core::Status ExecTable::signal(std::uint32_t id, int number, bool& killed) {
    const bool kills = number == SIGKILL;
    if (kills && killed) return {};
    if (!kills) {
        if (core::Status room = check_backlog(); !room) return room;
    }
    core::Status sent =
        id != 0 ? send(link::ExecSignal{id, number}) : send(link::Signal{number, link::SignalScope::Main});
    if (kills) killed = sent.ok();
    return sent;
}

core::Status ExecTable::resize(std::uint16_t rows, std::uint16_t columns) {
    if (core::Status room = check_backlog(); !room) return room;
    return send(link::Resize{rows, columns});
}

std::uint64_t ExecTable::watch(std::uint32_t id, Ended ended) {
    watchers_.emplace(++last_watcher_, Watcher{id, std::move(ended)});
    return last_watcher_;
}

void ExecTable::forget(std::uint64_t watcher) {
    watchers_.erase(watcher);
}

void ExecTable::take(const link::FrameView& frame, std::vector<UniqueFd> descriptors) {
    switch (frame.type) {
        case link::FrameType::ExecStarted: return started(frame, std::move(descriptors));
        case link::FrameType::ExecFailed: return failed(frame);
        case link::FrameType::ExecExited: return exited(frame);
        case link::FrameType::Attached: return attached(frame, std::move(descriptors));
        case link::FrameType::Tail: return keep_tails(frame, std::move(descriptors));
        default: return;
    }
}

core::Reply<ExecTable::Begun> ExecTable::take_pending(std::uint32_t id) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return {};
    core::Reply<Begun> reply = std::move(found->second);
    pending_.erase(found);
    return reply;
}

void ExecTable::started(const link::FrameView& frame, std::vector<UniqueFd> descriptors) {
    link::ExecStarted begun;
    if (!link::decode_payload(frame, begun)) return;
    const auto reply = take_pending(begun.id);
    if (!reply) return;
    UniqueFd terminal;
    if (!descriptors.empty()) terminal = std::move(descriptors.front());
    reply(Begun{begun.id, std::move(terminal)});
}

void ExecTable::failed(const link::FrameView& frame) {
    link::ExecFailed refused;
    if (!link::decode_payload(frame, refused)) return;
    if (const auto reply = take_pending(refused.id)) reply(to_error(refused.failure));
}

void ExecTable::exited(const link::FrameView& frame) {
    link::ExecExited ended;
    if (!link::decode_payload(frame, ended)) return;
    notify([&](std::uint32_t id) { return id == ended.id; }, ended.status);
}

void ExecTable::attached(const link::FrameView& frame, std::vector<UniqueFd> descriptors) {
    link::Attached answer;
    if (attaching_.empty() || !link::decode_payload(frame, answer)) return;
    const core::Reply<Console> reply = std::move(attaching_.front());
    attaching_.pop_front();
    Console console;
    console.terminal = answer.terminal;
    if (!descriptors.empty()) console.input = std::move(descriptors.front());
    reply(std::move(console));
}

void ExecTable::keep_tails(const link::FrameView& frame, std::vector<UniqueFd> descriptors) {
    link::Tail tail;
    if (!link::decode_payload(frame, tail)) return;
    const std::size_t expected = (tail.output ? 1U : 0U) + (tail.errors ? 1U : 0U);
    if (descriptors.size() != expected) return;
    if (tail.output) tails_.output.file = std::move(descriptors.front());
    if (tail.errors) tails_.errors.file = std::move(descriptors.back());
}

void ExecTable::notify(const std::function<bool(std::uint32_t)>& concerned, int wait_status) {
    // Taken out first: what is called may watch and forget.
    std::vector<Ended> calls;
    for (auto each = watchers_.begin(); each != watchers_.end();) {
        if (!concerned(each->second.id)) {
            ++each;
            continue;
        }
        calls.push_back(std::move(each->second.ended));
        each = watchers_.erase(each);
    }
    for (const Ended& ended : calls) ended(wait_status);
}

void ExecTable::finish(int wait_status) {
    constexpr int killed = 9;
    link_ = nullptr;
    const auto pending = std::exchange(pending_, {});
    const auto attaching = std::exchange(attaching_, {});
    for (const auto& [id, reply] : pending) reply(ended_error());
    for (const auto& reply : attaching) reply(ended_error());
    notify([](std::uint32_t id) { return id != 0; }, killed);
    notify([](std::uint32_t) { return true; }, wait_status);
}

}  // namespace potd::platform
