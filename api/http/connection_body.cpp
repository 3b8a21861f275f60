// The part of Connection that hands the body of a request out as it comes.

#include "api/http/connection.hpp"

#include <utility>

namespace potd::api {

std::unique_ptr<RequestBody> Connection::body() {
    if (!streams_body_) return nullptr;
    return std::make_unique<RequestBody>(weak_from_this(), sequence_);
}

void Connection::ask(std::uint64_t request, BodySource::Ready ready) {
    const auto self = shared_from_this();
    if (!is_current(request) || !streams_body_) {
        if (ready) ready(core::error(core::ErrorKind::Cancelled, "the request is over"));
        return;
    }
    body_wanted_ = std::move(ready);
    if (!body_wanted_) return;
    touch();
    // Whoever asked to be told to go on has sent nothing yet, and would not have if it was refused.
    if (parser_.take_expectation() && buffer_.unread().empty())
        output_.add_raw("HTTP/1.1 100 Continue\r\n\r\n");
    if (!dispatching_) advance();
}

/// True if a piece was handed over.
bool Connection::feed() {
    if (!body_wanted_) return false;
    const std::string_view bytes = buffer_.unread();
    if (parser_.state() == RequestParser::State::Body && !bytes.empty()) {
        buffer_.consumed(parser_.put(bytes, request_));
        buffer_.next_message();
    }
    std::string piece = parser_.take_body();
    if (!piece.empty()) {
        give(std::optional<std::string>(std::move(piece)));
    } else if (parser_.state() == RequestParser::State::Done) {
        give(std::optional<std::string>());
    } else if (parser_.state() == RequestParser::State::Failed) {
        give(bad_field("body", parser_.problem().detail));
    } else if (end_of_input_) {
        give(bad_field("body", "body: the client stopped sending before its end"));
    } else {
        return false;
    }
    return phase_ != Phase::Closed;
}

void Connection::give(core::Result<std::optional<std::string>> piece) {
    touch();
    if (const auto ready = std::exchange(body_wanted_, nullptr)) ready(std::move(piece));
}

/// The client has stalled.
void Connection::body_too_late() {
    core::Error error = core::error(core::ErrorKind::Timeout, "body: the rest of it did not come in time");
    error.field = "body";
    give(std::move(error));
    advance();
}

/// True if the answer comes before the end of the body: the connection is of no more use then, and what
/// the client still sends is thrown away. Looks at what has come already, so that little bodies do no harm.
bool Connection::breaks_body_off() {
    if (!streams_body_) return false;
    while (parser_.state() == RequestParser::State::Body && !buffer_.unread().empty()) {
        const std::size_t consumed = parser_.put(buffer_.unread(), request_);
        if (consumed == 0) break;
        buffer_.consumed(consumed);
    }
    static_cast<void>(parser_.take_body());
    return parser_.state() != RequestParser::State::Done;
}

/// The request is over: on to the next one, unless the client still sends this one's body.
void Connection::leave_request(bool body_broken_off) {
    ++sequence_;  // a Later of this request is void, and its RequestBody
    phase_ = body_broken_off ? Phase::Draining : Phase::Reading;
    streams_body_ = false;
    if (body_broken_off) touch();
    if (body_wanted_) give(core::error(core::ErrorKind::Cancelled, "the request was answered"));
}

}  // namespace potd::api
