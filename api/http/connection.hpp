#pragma once

#include "api/http/content_coding.hpp"
#include "api/http/exchange.hpp"
#include "api/http/limits.hpp"
#include "api/http/output.hpp"
#include "api/http/read_buffer.hpp"
#include "api/http/request_log.hpp"
#include "api/http/request_parser.hpp"
#include "api/http/router.hpp"
#include "api/http/stream.hpp"
#include "api/http/web_socket_session.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace potd::api {

class Connection;

/// By whose right something is open, and where he is.
struct Holder {
    core::PrincipalPtr who;
    Peer peer;
    std::string pot;  ///< as of Exchange::set_pot
};

/// What all connections of a server share. Outlives them.
class Hall {
  public:
    virtual ~Hall() = default;
    [[nodiscard]] virtual const Router& router() const = 0;
    [[nodiscard]] virtual const Limits& limits() const = 0;
    [[nodiscard]] virtual RequestLog* log() const = 0;
    /// For the Date header; renewed each second.
    [[nodiscard]] virtual std::string_view date() = 0;
    /// Seconds, from the server's tick.
    [[nodiscard]] virtual std::int64_t now() const = 0;
    [[nodiscard]] virtual bool closing() const = 0;
    /// Writes a fresh request id into `out`.
    virtual void new_request_id(std::string& out) = 0;
    /// Bytes that were read and written.
    virtual void count(std::uint64_t received, std::uint64_t sent) = 0;
    /// The connection is over.
    virtual void left(Connection& connection) = 0;
    /// Takes the stream over for a WebSocket; `bytes` are the request and what came after it.
    virtual void open_web_socket(Stream stream, const WebSocketSession::Request& request, Holder holder,
                                 Exchange::OnSocket on_socket) = 0;
};

/// One client: reads requests, hands them to the router one after the other, sends the answers in
/// order. A batch of pipelined requests that are answered at once is one write. Loop thread.
class Connection : public Exchange,
                   public AnswerSink,
                   public BodyGiver,
                   public std::enable_shared_from_this<Connection> {
  public:
    Connection(Hall& hall, Stream stream, Peer peer);
    ~Connection() override;

    void start();
    /// Answers 503 and closes.
    void refuse();
    /// Once a second: closes what has taken too long, and what is open by a right that is gone.
    void tick();
    /// The server ends: closes if idle, cancels what only waits, lets the rest finish.
    void shut_down();
    /// Closes now.
    void abort();
    /// Between a request and its answer; or an answer of unknown length is being sent.
    [[nodiscard]] bool is_waiting() const { return phase_ == Phase::Waiting; }
    [[nodiscard]] bool is_streaming() const { return phase_ == Phase::Streaming; }

    // Exchange
    void answer(const Answer& answer) override;
    void stream(std::string_view type, std::unique_ptr<BodySource> source) override;
    [[nodiscard]] Later later() override;
    [[nodiscard]] bool upgrade(OnSocket on_socket) override;
    [[nodiscard]] std::unique_ptr<RequestBody> body() override;

    // AnswerSink, for a Later
    void answer(std::uint64_t request, const Answer& answer) override;
    void stream(std::uint64_t request, std::string_view type, std::unique_ptr<BodySource> source) override;
    void abandoned(std::uint64_t request) override;

    // BodyGiver
    void ask(std::uint64_t request, BodySource::Ready ready) override;

  private:
    enum class Phase {
        Reading,    ///< between requests or inside one
        Waiting,    ///< for the answer to one
        Streaming,  ///< sending an answer of unknown length
        Draining,   ///< answered for the last time; what the client still sends is thrown away
        Closed,
    };
    enum class Sent { All, Blocked, Broken };

    // requests and answers: connection.cpp
    bool parse();
    bool begin_body();
    void dispatch();
    void call_handler();
    void settle();
    void answer_last(const Problem& problem);
    void put_out(const Answer& answer);
    void identify();
    void record(int status, std::uint64_t bytes);
    [[nodiscard]] RequestRecord facts(int status, std::uint64_t bytes) const;
    [[nodiscard]] Output::Frame frame();
    [[nodiscard]] bool is_current(std::uint64_t request) const { return request == sequence_; }

    // bodies of requests: connection_body.cpp
    bool feed();
    void give(core::Result<std::optional<std::string>> piece);
    void body_too_late();
    bool breaks_body_off();
    void leave_request(bool body_broken_off);

    // bytes: connection_io.cpp
    void advance();
    bool step();
    Sent send();
    void wait_writable();
    void read();
    void on_read(std::size_t bytes);
    void on_end_of_input();
    void watch_for_hang_up();
    bool pull();
    void on_piece(core::Result<std::optional<std::string>> piece);
    void take_piece(core::Result<std::optional<std::string>> piece);
    void finish_stream();
    void close();
    void cancel();
    [[nodiscard]] bool has_lost_hold() const;
    void touch() { since_ = hall_.now(); }
    void count_body(std::size_t bytes);
    [[nodiscard]] bool drips() const;
    [[nodiscard]] bool in_request() const { return !buffer_.message().empty(); }

    Hall& hall_;
    Stream stream_;
    ReadBuffer buffer_;
    RequestParser parser_;
    Output output_;
    Phase phase_ = Phase::Reading;
    bool advancing_ = false;         ///< inside advance()
    bool dispatching_ = false;       ///< inside the handler: the request's views are valid
    bool deferred_ = false;          ///< a Later was taken
    bool reading_ = false;           ///< an asynchronous read is under way
    bool writing_ = false;           ///< waiting until the socket takes more
    bool end_of_input_ = false;      ///< the client has closed its side
    bool last_ = false;              ///< close after what is in output_
    BodySource::Ready body_wanted_;  ///< the handler waits for a piece of the body
    bool chunked_ = true;
    bool pulling_ = false;                                           ///< inside BodySource::next
    bool awaiting_piece_ = false;                                    ///< after it
    std::optional<core::Result<std::optional<std::string>>> piece_;  ///< came inside it
    std::uint64_t sequence_ = 0;                                     ///< number of the current request
    std::uint64_t streamed_ = 0;                                     ///< bytes of the current stream
    std::uint64_t drained_ = 0;
    std::uint64_t body_bytes_ = 0;  ///< of the present body, as they came
    std::int64_t body_waited_ = 0;  ///< seconds that were spent waiting for them
    std::int64_t since_ = 0;        ///< when the present wait began, in Hall's seconds
    std::chrono::steady_clock::time_point begun_;
    std::chrono::steady_clock::time_point answered_;  ///< when the present stream began
    std::weak_ptr<Later::State> later_;
    std::unique_ptr<BodySource> source_;
    Coding coding_ = Coding::Identity;  ///< what the client of the current request takes
    std::string id_;                    ///< of the current request
    std::string method_;                ///< copies for the log, once the views are gone
    std::string path_;
};

}  // namespace potd::api
