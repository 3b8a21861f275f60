#include "api/http/web_socket_session.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/beast/websocket/teardown.hpp>

namespace potd::api {

// Beast finds these by their argument.
void beast_close_socket(Stream& stream) {
    boost::system::error_code ignored;  // closing is all that can be done
    stream.close(ignored);
}

template <class Handler>
void async_teardown(boost::beast::role_type role, Stream& stream, Handler&& handler) {
    boost::system::error_code ignored;  // then reading tells
    stream.shut_down_sending(ignored);
    boost::beast::websocket::async_teardown(role, stream.socket(), std::forward<Handler>(handler));
}

namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t longest_message = std::size_t{1024} * 1024;
/// Each ping is work and an answer: so many may come at once, and so many a second.
constexpr double most_pings = 64;
constexpr double pings_a_second = 8;

/// A bucket that fills with time.
class PingAllowance {
  public:
    /// False if there are too many.
    bool take() {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::duration<double> since = now - last_;
        last_ = now;
        left_ = std::min(most_pings, left_ + since.count() * pings_a_second) - 1;
        return left_ >= 0;
    }

  private:
    double left_ = most_pings;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

constexpr std::size_t longest_reason = 120;

class Session : public WebSocketSession, public std::enable_shared_from_this<Session> {
  public:
    Session(Stream stream, Over over) : stream_(std::move(stream)), over_(std::move(over)) {
        auto timeouts = websocket::stream_base::timeout::suggested(boost::beast::role_type::server);
        // The kernel tells when a local client is gone, and one that waits may be silent for days.
        timeouts.idle_timeout = websocket::stream_base::none();
        stream_.set_option(timeouts);
        stream_.read_message_max(longest_message);
        stream_.auto_fragment(false);
        stream_.control_callback(
            [this](websocket::frame_type kind, boost::beast::string_view /*payload*/) { count(kind); });
    }

    void open(const Request& request, Exchange::OnSocket on_socket) override {
        stream_.set_option(websocket::stream_base::decorator(
            [id = std::string(request.id)](websocket::response_type& answer) {
                answer.set("X-Request-Id", id);
                answer.set(boost::beast::http::field::server, "potd");
            }));
        // Beast copies what it is given before the call returns.
        stream_.async_accept(boost::asio::buffer(request.bytes.data(), request.bytes.size()),
                             [self = shared_from_this(), on_socket = std::move(on_socket)](error_code ec) {
                                 if (ec || self->ended_) return self->end();
                                 self->opened_ = true;
                                 on_socket(*self);
                             });
    }

    void start(Events events) override {
        events_ = std::move(events);
        read();
    }

    void send(std::string message, bool binary) override {
        if (ended_ || closing_) return;
        queued_ += message.size();
        queue_.push_back({std::move(message), binary});
        if (queue_.size() == 1) write();
    }

    [[nodiscard]] std::size_t queued() const override { return queued_; }

    void pause(bool paused) override {
        paused_ = paused;
        if (!paused) read();
    }

    void close(std::uint16_t code, std::string_view reason) override {
        if (ended_ || std::exchange(closing_, true)) return;
        if (!opened_) return abort();
        reason_.code = code;
        const std::string_view shown = reason.substr(0, longest_reason);
        reason_.reason.assign(shown.data(), shown.size());
        if (queue_.empty()) say_goodbye();
    }

    void tick() override {
        constexpr int most_ticks = 5;
        if (!ended_ && stream_.next_layer().is_leaving() && ++ticks_leaving_ > most_ticks) abort();
    }

    void abort() override {
        const auto self = shared_from_this();
        closing_ = true;
        error_code ignored;  // closing is all that can be done
        stream_.next_layer().close(ignored);
        end();
    }

    void dismiss() override {
        const auto self = shared_from_this();
        end();
    }

  private:
    struct Message {
        std::string bytes;
        bool binary;
    };

    /// Within a read, which nothing may end.
    void count(websocket::frame_type kind) {
        if (kind == websocket::frame_type::close || pings_.take() || std::exchange(flooded_, true)) return;
        boost::asio::post(stream_.get_executor(), [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->close(1008, "too many pings");
        });
    }

    void read() {
        if (paused_ || ended_ || std::exchange(reading_, true)) return;
        stream_.async_read(incoming_, [self = shared_from_this()](error_code ec, std::size_t /*bytes*/) {
            self->reading_ = false;
            if (ec) return self->end();
            self->take();
        });
    }

    void take() {
        const auto data = incoming_.cdata();
        const std::string message(static_cast<const char*>(data.data()), data.size());
        incoming_.consume(data.size());
        if (!ended_ && !closing_ && events_.message) events_.message(message, stream_.got_binary());
        read();
    }

    void write() {
        stream_.binary(queue_.front().binary);
        stream_.async_write(boost::asio::buffer(queue_.front().bytes),
                            [self = shared_from_this()](error_code ec, std::size_t /*bytes*/) {
                                if (ec) return self->end();
                                self->written();
                            });
    }

    void written() {
        queued_ -= queue_.front().bytes.size();
        queue_.pop_front();
        if (!queue_.empty()) return write();
        if (closing_) return say_goodbye();
        if (!ended_ && events_.drained) events_.drained();
    }

    void say_goodbye() {
        stream_.async_close(reason_, [self = shared_from_this()](error_code /*ec*/) { self->end(); });
    }

    void end() {
        if (std::exchange(ended_, true)) return;
        const auto self = shared_from_this();
        const Events events = std::exchange(events_, {});
        if (events.closed) events.closed(!closing_);
        error_code ignored;  // closing is all that can be done
        stream_.next_layer().close(ignored);
        if (over_) std::exchange(over_, nullptr)(*this);
    }

    websocket::stream<Stream> stream_;
    Over over_;
    Events events_;
    boost::beast::flat_buffer incoming_;
    std::deque<Message> queue_;
    std::size_t queued_ = 0;
    websocket::close_reason reason_;
    PingAllowance pings_;
    bool flooded_ = false;
    int ticks_leaving_ = 0;
    bool opened_ = false;
    bool reading_ = false;
    bool paused_ = false;
    bool closing_ = false;
    bool ended_ = false;
};

}  // namespace

std::shared_ptr<WebSocketSession> WebSocketSession::make(Stream stream, Over over) {
    return std::make_shared<Session>(std::move(stream), std::move(over));
}

}  // namespace potd::api
