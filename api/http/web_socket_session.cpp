#include "api/http/web_socket_session.hpp"

#include <deque>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace potd::api {
namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t longest_message = std::size_t{1024} * 1024;
constexpr std::size_t longest_reason = 120;

class Session : public WebSocketSession, public std::enable_shared_from_this<Session> {
  public:
    Session(Socket socket, Over over) : stream_(std::move(socket)), over_(std::move(over)) {
        auto timeouts = websocket::stream_base::timeout::suggested(boost::beast::role_type::server);
        // The kernel tells when a local client is gone, and one that waits may be silent for days.
        timeouts.idle_timeout = websocket::stream_base::none();
        stream_.set_option(timeouts);
        stream_.read_message_max(longest_message);
        stream_.auto_fragment(false);
    }

    void open(std::string_view bytes, Exchange::OnSocket on_socket) override {
        // Beast copies what it is given before the call returns.
        stream_.async_accept(boost::asio::buffer(bytes.data(), bytes.size()),
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

    void abort() override {
        const auto self = shared_from_this();
        closing_ = true;
        error_code ignored;  // closing is all that can be done
        stream_.next_layer().close(ignored);
        end();
    }

  private:
    struct Message {
        std::string bytes;
        bool binary;
    };

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

    websocket::stream<Socket> stream_;
    Over over_;
    Events events_;
    boost::beast::flat_buffer incoming_;
    std::deque<Message> queue_;
    std::size_t queued_ = 0;
    websocket::close_reason reason_;
    bool opened_ = false;
    bool reading_ = false;
    bool paused_ = false;
    bool closing_ = false;
    bool ended_ = false;
};

}  // namespace

std::shared_ptr<WebSocketSession> WebSocketSession::make(Socket socket, Over over) {
    return std::make_shared<Session>(std::move(socket), std::move(over));
}

}  // namespace potd::api
