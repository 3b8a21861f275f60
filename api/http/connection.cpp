#include "api/http/connection.hpp"

#include "api/http/handshake.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace potd::api {
namespace {

using boost::system::error_code;

bool is_usable_id(std::string_view id) {
    return !id.empty() && id.size() <= 128 &&
           std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// Of the header lines of an answer; empty if it has none.
std::string_view location_of(std::string_view headers) {
    constexpr std::string_view name = "Location: ";
    const std::size_t start = headers.find(name);
    if (start == std::string_view::npos) return {};
    const std::string_view value = headers.substr(start + name.size());
    return value.substr(0, value.find('\r'));
}

}  // namespace

Connection::Connection(Hall& hall, Stream stream, Peer peer)
    : hall_(hall),
      stream_(std::move(stream)),
      buffer_(hall.limits().header + std::size_t{16} * 1024),
      parser_(hall.limits().header, hall.limits().body) {
    request_.peer = std::move(peer);
    parser_.reset(request_);
}

Connection::~Connection() = default;

void Connection::start() {
    touch();
    read();
}

void Connection::refuse() {
    touch();
    answer_last({503, "unavailable", "too many connections", {}, {}});
    advance();
}

/// True if a request was answered and another may follow.
bool Connection::parse() {
    const std::string_view bytes = buffer_.unread();
    if (bytes.empty()) return false;
    buffer_.consumed(parser_.put(bytes, request_));
    if (parser_.state() == RequestParser::State::Headed && begin_body()) return phase_ == Phase::Reading;
    switch (parser_.state()) {
        case RequestParser::State::Failed: answer_last(parser_.problem()); return false;
        case RequestParser::State::Head:
        case RequestParser::State::Headed: return false;
        case RequestParser::State::Body:
            buffer_.drop_consumed_after(parser_.head_size());
            if (parser_.take_expectation()) output_.add_raw("HTTP/1.1 100 Continue\r\n\r\n");
            return false;
        case RequestParser::State::Done: dispatch(); return phase_ == Phase::Reading;
    }
    return false;
}

/// True if the body goes to the handler as it comes: that has been called.
bool Connection::begin_body() {
    const bool streamed = hall_.router().streams_body(*this);
    parser_.begin_body(streamed);
    if (streamed) {
        dispatch();
    } else {
        buffer_.consumed(parser_.put(buffer_.unread(), request_));
    }
    return streamed;
}

void Connection::identify() {
    ++sequence_;
    const auto given = request_.header("X-Request-Id");
    if (given && is_usable_id(*given)) {
        id_ = *given;
    } else {
        hall_.new_request_id(id_);
    }
    request_.id = id_;
    route_ = {};
    principal_ = nullptr;
    coding_ = coding_for(request_.list("Accept-Encoding").value_or(""));
    audit_ = nullptr;
    refused_.reset();
    begun_ = std::chrono::steady_clock::now();
}

void Connection::dispatch() {
    identify();
    last_ = last_ || !parser_.keep_alive() || hall_.closing();
    phase_ = Phase::Waiting;
    deferred_ = false;
    dispatching_ = true;
    call_handler();
    if (phase_ == Phase::Waiting && !deferred_) {
        fail(Problem{500, "internal", "the request was not answered", {}, {}});
    }
    dispatching_ = false;
    settle();
}

void Connection::call_handler() {
    try {
        hall_.router().dispatch(*this);
    } catch (const std::exception& problem) {
        if (RequestLog* log = hall_.log()) {
            log->crashed({id_,
                          request_.method_text,
                          request_.path,
                          500,
                          0,
                          {},
                          {request_.peer.pid, request_.peer.uid}},
                         problem.what());
        }
        if (phase_ == Phase::Streaming) return close();
        fail(Problem{500, "internal", "an unexpected error; potd's log says more", {}, {}});
    }
}

/// The request's bytes are no longer needed.
void Connection::settle() {
    if (phase_ == Phase::Closed) return;
    buffer_.next_message();
    if (phase_ == Phase::Draining) buffer_.discard();
    if (phase_ != Phase::Reading) return;
    parser_.reset(request_);
    body_bytes_ = 0;
    body_waited_ = 0;
    touch();
}

/// For a connection that is of no more use: answers and lets the client finish sending, because
/// closing on unread bytes would take the answer from it.
void Connection::answer_last(const Problem& problem) {
    identify();
    last_ = true;
    phase_ = Phase::Waiting;
    dispatching_ = true;
    fail(problem);
    dispatching_ = false;
    phase_ = Phase::Draining;
    touch();
}

Output::Frame Connection::frame() {
    return {id_, hall_.date(), request_.method == Method::Head, last_, parser_.is_http_1_0()};
}

void Connection::put_out(const Answer& answer) {
    const std::string_view body = answer.shared ? std::string_view(*answer.shared) : answer.body;
    const bool may_be_coded = is_to_be_coded(answer);
    const auto shorter = may_be_coded && coding_ != Coding::Identity ? coded(body, coding_) : nullptr;
    if (!may_be_coded) {
        output_.add(answer, frame());
    } else {
        Answer varying = answer;
        std::string headers(answer.headers);
        if (shorter) {
            headers.append("Content-Encoding: ").append(to_string(coding_)).append("\r\n");
            varying.shared = shorter;
        }
        // Also as it is: a cache must not give it to one who asked for another.
        headers += "Vary: Accept-Encoding\r\n";
        varying.headers = headers;
        output_.add(varying, frame());
    }
    record(answer.status, shorter ? shorter->size() : body.size());
}

void Connection::answer(const Answer& answer) {
    if (phase_ != Phase::Waiting) return;
    const bool broken_off = breaks_body_off();
    last_ = last_ || broken_off;
    if (audit_) audit_->end.created = location_of(answer.headers);
    put_out(answer);
    leave_request(broken_off);
    if (dispatching_) return;
    settle();
    advance();
}

void Connection::stream(std::string_view type, std::unique_ptr<BodySource> source) {
    if (phase_ != Phase::Waiting) return;
    chunked_ = !parser_.is_http_1_0();
    last_ = last_ || !chunked_ || breaks_body_off();
    if (dispatching_) {
        method_ = request_.method_text;
        path_ = request_.path;
    }
    output_.add_stream(type, frame());
    answered_ = std::chrono::steady_clock::now();
    phase_ = Phase::Streaming;
    streamed_ = 0;
    source_ = std::move(source);
    if (request_.method == Method::Head) finish_stream();
    if (!dispatching_) advance();
}

Later Connection::later() {
    method_ = request_.method_text;
    path_ = request_.path;
    deferred_ = true;
    Later later(weak_from_this(), sequence_, veil());
    later_ = later.state();
    return later;
}

bool Connection::upgrade(OnSocket on_socket) {
    const bool pipelined = reading_ || !output_.empty();
    if (const auto problem = problem_of_handshake(request_, parser_.is_http_1_0())) {
        fail(*problem, problem->status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : "");
    } else if (pipelined) {
        fail(Problem{400, "malformed", "an upgrade cannot be pipelined", {}, {}});
    } else {
        record(101, 0);
        phase_ = Phase::Closed;
        hall_.open_web_socket(std::move(stream_), {buffer_.message(), id_}, {principal_, request_.peer, pot_},
                              std::move(on_socket));
        hall_.left(*this);
    }
    return phase_ == Phase::Closed;
}

void Connection::answer(std::uint64_t request, const Answer& answer) {
    const auto self = shared_from_this();
    if (is_current(request)) this->answer(answer);
}

void Connection::stream(std::uint64_t request, std::string_view type, std::unique_ptr<BodySource> source) {
    const auto self = shared_from_this();
    if (is_current(request)) this->stream(type, std::move(source));
}

void Connection::abandoned(std::uint64_t request) {
    const auto self = shared_from_this();
    if (!is_current(request)) return;
    fail(hall_.closing() ? Problem{503, "unavailable", "potd is shutting down", {}, {}}
                         : Problem{500, "internal", "the request was dropped without an answer", {}, {}});
}

void Connection::record(int status, std::uint64_t bytes) {
    if (RequestLog* log = hall_.log()) log->answered(facts(status, bytes));
}

RequestRecord Connection::facts(int status, std::uint64_t bytes) const {
    const auto since = [this](std::chrono::steady_clock::time_point end) {
        return std::chrono::duration_cast<std::chrono::microseconds>(end - begun_);
    };
    const auto now = std::chrono::steady_clock::now();
    return {id_,
            dispatching_ ? request_.method_text : std::string_view(method_),
            dispatching_ ? request_.path : std::string_view(path_),
            status,
            bytes,
            since(now),
            {request_.peer.pid, request_.peer.uid},
            route_,
            since(phase_ == Phase::Streaming ? answered_ : now),
            this};
}

}  // namespace potd::api
