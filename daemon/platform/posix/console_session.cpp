#include "daemon/platform/posix/console_session.hpp"

namespace potd::platform {
namespace {

constexpr std::size_t most_queued = 1 << 20;

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): for want of memory only, and then potd is to end
ConsoleSession::~ConsoleSession() {
    *alive_ = false;
    console_->leave(*this);
}

void ConsoleSession::start(Output output, Done done) {
    output_ = std::make_shared<const Output>(std::move(output));
    done_ = std::move(done);
    loop_.executor.post([this, alive = alive_] {
        if (*alive) deliver();
    });
}

void ConsoleSession::pause_output(bool paused) {
    paused_ = paused;
    if (paused) return console_->pace();
    loop_.executor.post([this, alive = alive_] {
        if (*alive) deliver();
    });
}

core::Status ConsoleSession::signal(int signal_number) {
    if (result_) return core::error(core::ErrorKind::NotFound, "the command has ended");
    return console_->signal(signal_number);
}

void ConsoleSession::take(core::Stream stream, std::string_view bytes) {
    if (ready() && queue_.empty() && !delivering_) {
        const auto output = output_;
        return (*output)(stream, bytes);
    }
    if (!lossless_ && queued_ + bytes.size() > most_queued) return;
    queued_ += bytes.size();
    queue_.emplace_back(stream, bytes);
}

void ConsoleSession::deliver() {
    if (delivering_) return;
    const std::shared_ptr<bool> alive = alive_;
    const auto output = output_;
    delivering_ = true;
    while (ready() && !queue_.empty()) {
        const auto [stream, bytes] = std::move(queue_.front());
        queue_.pop_front();
        queued_ -= bytes.size();
        (*output)(stream, bytes);
        if (!*alive) return;
    }
    delivering_ = false;
    if (result_ && ready() && queue_.empty() && done_) {
        const Done done = std::exchange(done_, {});
        done(*result_);
        if (!*alive) return;
    }
    console_->pace();
}

void ConsoleSession::end(const core::ExecResult& result) {
    result_ = result;
    if (output_ != nullptr) deliver();
}

}  // namespace potd::platform
