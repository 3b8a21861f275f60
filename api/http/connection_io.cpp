// The part of Connection that moves bytes.

#include "api/http/connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <poll.h>

namespace potd::api {
namespace {

using boost::system::error_code;

/// A batch of pipelined answers is sent when it has grown to this.
constexpr std::size_t high_water = std::size_t{256} * 1024;
constexpr std::size_t parts_at_once = 16;
/// How much and how long a refused client may go on sending before it is cut off.
constexpr std::uint64_t drained_at_most = 512ULL * 1024 * 1024;
constexpr std::int64_t drain_seconds = 5;

/// True if the peer has closed both directions, so that nobody reads an answer.
bool hung_up(int socket) {
    pollfd query{socket, 0, 0};
    return ::poll(&query, 1, 0) > 0 && (query.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

/// Does all that can be done now: handles requests, sends answers, pulls a stream, and then reads on.
void Connection::advance() {
    if (std::exchange(advancing_, true)) return;
    const auto self = shared_from_this();
    while (step()) {
    }
    advancing_ = false;
    read();
}

/// True if there may be more to do at once.
bool Connection::step() {
    bool more = true;
    while (more && phase_ == Phase::Reading && !last_ && !writing_ && output_.size() < high_water)
        more = parse();
    if (phase_ == Phase::Closed || writing_) return false;
    switch (send()) {
        case Sent::Blocked: wait_writable(); return false;
        case Sent::Broken: close(); return false;
        case Sent::All: break;
    }
    if (phase_ == Phase::Streaming) return pull();
    if (phase_ == Phase::Waiting) return feed();
    if (phase_ == Phase::Draining) {
        error_code ec;
        stream_.shut_down_sending(ec);
        if (ec) close();
        return false;
    }
    if (phase_ == Phase::Reading && last_) {
        close();
        return false;
    }
    return more && phase_ == Phase::Reading && !buffer_.unread().empty();
}

Connection::Sent Connection::send() {
    while (!output_.empty()) {
        const auto& parts = output_.parts();
        std::array<boost::asio::const_buffer, parts_at_once> buffers;
        const std::size_t count = std::min(parts.size(), parts_at_once);
        for (std::size_t i = 0; i < count; ++i) buffers[i] = {parts[i].data(), parts[i].size()};
        error_code ec;
        const std::size_t sent = stream_.write_some(buffers, ec);
        if (ec == boost::asio::error::would_block || ec == boost::asio::error::try_again)
            return Sent::Blocked;
        if (ec) return Sent::Broken;
        hall_.count(0, sent);
        output_.consume(sent);
    }
    return Sent::All;
}

void Connection::wait_writable() {
    writing_ = true;
    touch();
    stream_.socket().async_wait(Socket::wait_write, [self = shared_from_this()](error_code ec) {
        self->writing_ = false;
        if (self->phase_ == Phase::Closed) return;
        if (ec) return self->close();
        self->advance();
    });
}

void Connection::read() {
    // While an answer does not fit the socket a client gets no further requests handled.
    if (reading_ || end_of_input_ || phase_ == Phase::Closed || (writing_ && phase_ == Phase::Reading))
        return;
    buffer_.make_room([this](const char* from, const char* to) {
        if (phase_ == Phase::Reading) RequestParser::relocate(request_, from, to);
    });
    if (buffer_.space() == 0) return;
    reading_ = true;
    stream_.async_read_some(boost::asio::buffer(buffer_.free_begin(), buffer_.space()),
                            [self = shared_from_this()](error_code ec, std::size_t bytes) {
                                self->reading_ = false;
                                if (self->phase_ == Phase::Closed) return;
                                if (ec == boost::asio::error::eof) return self->on_end_of_input();
                                if (ec) return self->close();
                                self->on_read(bytes);
                            });
}

void Connection::on_read(std::size_t bytes) {
    const bool new_wait = !in_request() || parser_.state() == RequestParser::State::Body;
    buffer_.filled(bytes);
    hall_.count(bytes, 0);
    count_body(bytes);
    if (phase_ == Phase::Draining) {
        drained_ += bytes;
        buffer_.discard();
        if (drained_ > drained_at_most) close();
    }
    if (phase_ != Phase::Reading && !body_wanted_) return read();
    if (new_wait) touch();
    advance();
}

/// Of a body only the time counts in which it was waited for.
void Connection::count_body(std::size_t bytes) {
    if (parser_.state() != RequestParser::State::Body) return;
    body_bytes_ += bytes;
    if (phase_ == Phase::Reading || body_wanted_) body_waited_ += hall_.now() - since_;
}

/// True if the body comes so slowly that the client only wants to keep the connection: single bytes, each in
/// time, would do so for days.
bool Connection::drips() const {
    if (parser_.state() != RequestParser::State::Body) return false;
    const Limits& limits = hall_.limits();
    const std::int64_t waited = body_waited_ + (hall_.now() - since_);
    const std::uint64_t earned = body_bytes_ / limits.body_rate;
    return waited > limits.request_timeout.count() + static_cast<std::int64_t>(earned);
}

void Connection::on_end_of_input() {
    end_of_input_ = true;
    const bool answer_due = phase_ == Phase::Waiting || phase_ == Phase::Streaming || writing_;
    if (!answer_due || hung_up(stream_.socket().native_handle())) return close();
    last_ = true;
    watch_for_hang_up();
    if (body_wanted_) advance();
}

/// A client that has closed its writing side may still read the answer, or close that side too.
void Connection::watch_for_hang_up() {
    stream_.socket().async_wait(Socket::wait_error, [self = shared_from_this()](error_code ec) {
        if (ec || self->phase_ == Phase::Closed) return;
        if (hung_up(self->stream_.socket().native_handle())) return self->close();
        self->watch_for_hang_up();
    });
}

/// True if there is something to send at once.
bool Connection::pull() {
    if (awaiting_piece_) return false;
    pulling_ = true;
    piece_.reset();
    source_->next(
        [weak = weak_from_this(), request = sequence_](core::Result<std::optional<std::string>> piece) {
            const auto self = weak.lock();
            if (self && self->is_current(request)) self->on_piece(std::move(piece));
        });
    pulling_ = false;
    awaiting_piece_ = !piece_;
    if (awaiting_piece_) return false;
    take_piece(*std::exchange(piece_, std::nullopt));
    return phase_ != Phase::Closed;
}

void Connection::on_piece(core::Result<std::optional<std::string>> piece) {
    if (pulling_) {
        piece_ = std::move(piece);
        return;
    }
    awaiting_piece_ = false;
    take_piece(std::move(piece));
    advance();
}

void Connection::take_piece(core::Result<std::optional<std::string>> piece) {
    if (!piece) return close();  // cut off: the client sees that it is not whole
    const std::optional<std::string>& text = *piece;
    if (!text) return finish_stream();
    if (text->empty()) return;
    streamed_ += text->size();
    output_.add_piece(*text, chunked_);
}

void Connection::finish_stream() {
    if (chunked_ && request_.method != Method::Head) output_.add_piece({}, true);
    record(200, streamed_);
    source_.reset();
    awaiting_piece_ = false;
    leave_request(breaks_body_off());
    if (!dispatching_) settle();
}

/// Whether the answer under way goes to somebody who may no longer have it.
bool Connection::has_lost_hold() const {
    if (phase_ != Phase::Waiting && phase_ != Phase::Streaming) return false;
    const auto waiting = later_.lock();
    if (waiting && waiting->owed && !waiting->over) return false;
    return principal_ && !hall_.router().holds(*principal_, request_.peer, pot_);
}

void Connection::tick() {
    const auto self = shared_from_this();
    if (has_lost_hold()) return close();
    const std::chrono::seconds age{hall_.now() - since_};
    const Limits& limits = hall_.limits();
    if (phase_ == Phase::Draining && age.count() > drain_seconds) return close();
    if (body_wanted_ && (age > limits.request_timeout || drips())) return body_too_late();
    const bool held_up = phase_ == Phase::Streaming && writing_ && source_ && source_->is_waited_for();
    if (held_up && age > limits.write_timeout) return close();
    if (phase_ != Phase::Reading) return;
    if (writing_) {
        if (age > limits.write_timeout) close();
    } else if (in_request()) {
        if (age <= limits.request_timeout && !drips()) return;
        answer_last({408, "timeout", "the request did not come in time", {}, {}});
        advance();
    } else if (age > limits.idle_timeout) {
        close();
    }
}

void Connection::shut_down() {
    const auto self = shared_from_this();
    if (phase_ == Phase::Reading && !in_request() && output_.empty()) return close();
    if (phase_ == Phase::Streaming && source_->endless()) {
        last_ = true;
        finish_stream();
        return advance();
    }
    last_ = true;
    const auto waiting = later_.lock();
    if (phase_ != Phase::Waiting || !waiting || !waiting->passive) return;
    cancel();
    fail(Problem{503, "unavailable", "potd is shutting down", {}, {}});
}

/// Tells the one who was going to answer that nobody waits any more.
void Connection::cancel() {
    const auto waiting = later_.lock();
    if (!waiting || std::exchange(waiting->over, true)) return;
    if (const auto tell = std::exchange(waiting->cancel, nullptr)) tell();
}

void Connection::abort() {
    const auto self = shared_from_this();
    close();
}

void Connection::close() {
    if (phase_ == Phase::Closed) return;
    if (phase_ == Phase::Streaming) record(200, streamed_);
    if (phase_ == Phase::Waiting && hall_.log() != nullptr) hall_.log()->left(facts(0, 0));
    phase_ = Phase::Closed;
    ++sequence_;
    cancel();
    if (body_wanted_) give(core::error(core::ErrorKind::Cancelled, "the client is gone"));
    source_.reset();
    error_code ignored;  // closing is all that can be done
    stream_.close(ignored);
    hall_.left(*this);
}

}  // namespace potd::api
