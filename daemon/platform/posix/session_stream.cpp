#include "daemon/platform/posix/session_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t stream_chunk = std::size_t{64} * 1024, longest_queue = 1 << 20;
/// Of what has ended. A terminal tells of less than there is, as the rest has not come through it.
constexpr std::size_t least_rest = std::size_t{256} * 1024;

void set_non_blocking(int fd) {
    if (fd < 0) return;
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

InputStream::InputStream(core::Reactor& reactor, UniqueFd fd) : reactor_(reactor), fd_(std::move(fd)) {
    set_non_blocking(fd_.get());
}

core::Status InputStream::write(std::string_view bytes) {
    if (!fd_ || finishing_) return core::error(core::ErrorKind::Conflict, "standard input is closed");
    if (unwritten() >= longest_queue) {
        return core::error(core::ErrorKind::ResourceExhausted, "the command does not read its input");
    }
    queue_.append(bytes);
    if (!waiting_) flush();
    return {};
}

void InputStream::finish() {
    finishing_ = true;
    if (unwritten() == 0) close();
}

void InputStream::flush() {
    while (unwritten() > 0) {
        const ssize_t put = ::write(fd_.get(), queue_.data() + taken_, unwritten());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0 && errno == EAGAIN) {
            waiting_ = true;
            forget_taken();
            reactor_.wait(fd_.get(), core::Reactor::Interest::Write, [this] {
                waiting_ = false;
                flush();
            });
            return;
        }
        if (put < 0) return close();  // EPIPE: nobody reads it any more
        taken_ += static_cast<std::size_t>(put);
    }
    queue_.clear();
    taken_ = 0;
    if (finishing_) close();
}

/// Whoever writes as fast as it is read never sees the queue empty.
void InputStream::forget_taken() {
    if (taken_ < queue_.size() / 2) return;
    queue_.erase(0, taken_);
    taken_ = 0;
}

void InputStream::close() {
    release();
    const auto closed = std::exchange(on_close_, {});
    if (closed) closed();
}

void InputStream::release() {
    if (fd_) reactor_.forget(fd_.get());
    fd_.reset();
    queue_.clear();
    taken_ = 0;
}

InputStream::~InputStream() {
    release();
}

OutputStream::OutputStream(core::Reactor& reactor, UniqueFd fd) : reactor_(reactor), fd_(std::move(fd)) {
    set_non_blocking(fd_.get());
}

OutputStream::~OutputStream() {
    *alive_ = false;
    close();
}

void OutputStream::start(Consumer consumer) {
    consumer_ = std::make_shared<const Consumer>(std::move(consumer));
    await();
}

void OutputStream::pause(bool paused) {
    paused_ = paused;
    if (!paused) await();
}

void OutputStream::await() {
    if (!fd_ || paused_ || waiting_ || !consumer_) return;
    waiting_ = true;
    reactor_.wait(fd_.get(), core::Reactor::Interest::Read, [this] {
        waiting_ = false;
        if (!paused_ && read_once() == Step::Stopped) return;
        await();
    });
}

OutputStream::Step OutputStream::read_once() {
    static thread_local std::vector<char> buffer(stream_chunk);
    if (rest_ && *rest_ == 0) return Step::Nothing;
    const std::size_t wanted = std::min(buffer.size(), rest_.value_or(buffer.size()));
    const ssize_t got = ::read(fd_.get(), buffer.data(), wanted);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Step::Nothing;
    const std::shared_ptr<bool> alive = alive_;
    if (got <= 0) {  // a terminal whose other side has closed answers EIO
        close();
        const auto ended = on_end_;
        if (ended) ended();
        return *alive ? Step::Nothing : Step::Stopped;
    }
    if (rest_) *rest_ -= static_cast<std::size_t>(got);
    const std::shared_ptr<const Consumer> consumer = consumer_;
    (*consumer)(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
    return *alive ? Step::More : Step::Stopped;
}

bool OutputStream::drain() {
    while (fd_) {
        if (paused_) return false;
        const Step step = read_once();
        if (step == Step::Stopped) return false;
        if (step == Step::Nothing) return true;
    }
    return true;
}

void OutputStream::bound_rest() {
    int there = 0;
    if (!fd_ || ::ioctl(fd_.get(), FIONREAD, &there) != 0) there = 0;
    rest_ = std::max(static_cast<std::size_t>(std::max(there, 0)), least_rest);
}

void OutputStream::close() {
    if (fd_) reactor_.forget(fd_.get());
    fd_.reset();
    waiting_ = false;
}

}  // namespace potd::platform
