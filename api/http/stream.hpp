#pragma once

#include "api/http/socket.hpp"
#include "api/http/tls.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace potd::api {

/// A connected socket, with TLS or without: one type, so that what is made of it is there once. Nothing of it
/// blocks. With TLS its state is looked at when it is used, and no object but this is needed. Loop thread.
class Stream {
  public:
    using executor_type = Socket::executor_type;
    using error_code = boost::system::error_code;

    /// `seat` is kept as long as this.
    explicit Stream(Socket socket, std::unique_ptr<TlsSession> tls = nullptr,
                    std::shared_ptr<void> seat = nullptr)
        : socket_(std::move(socket)), tls_(std::move(tls)), seat_(std::move(seat)) {}

    [[nodiscard]] executor_type get_executor() noexcept { return socket_.get_executor(); }
    /// To wait, and for what is below TLS.
    [[nodiscard]] Socket& socket() { return socket_; }
    [[nodiscard]] TlsSession* tls() { return tls_.get(); }

    /// As of a Socket that does not block; would_block means that the socket has to become writable.
    template <class Buffers>
    std::size_t write_some(const Buffers& buffers, error_code& ec) {
        if (!tls_) return socket_.write_some(buffers, ec);
        return tls_write(buffers, ec);
    }
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto&& handler, const Buffers& into) {
                using Handler = std::decay_t<decltype(handler)>;
                if (!tls_) return void(socket_.async_read_some(into, std::forward<Handler>(handler)));
                boost::asio::async_compose<Handler, void(error_code, std::size_t)>(Reading{this, first(into)},
                                                                                   handler, socket_);
            },
            token, buffers);
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto&& handler, const Buffers& from) {
                using Handler = std::decay_t<decltype(handler)>;
                if (!tls_) return void(socket_.async_write_some(from, std::forward<Handler>(handler)));
                boost::asio::async_compose<Handler, void(error_code, std::size_t)>(
                    Writing<Buffers>{this, from}, handler, socket_);
            },
            token, buffers);
    }
    /// The peer reads an end; it may still send.
    void shut_down_sending(error_code& ec) {
        leaving_ = true;
        if (tls_) tls_->say_goodbye();
        socket_.shutdown(Socket::shutdown_send, ec);
    }
    /// Since shut_down_sending: only the peer's end is waited for.
    [[nodiscard]] bool is_leaving() const { return leaving_; }
    void close(error_code& ec) {
        if (tls_ && socket_.is_open()) tls_->say_goodbye();
        socket_.close(ec);
    }

  private:
    /// Small pieces are put together: each write is a record of its own.
    static constexpr std::size_t gathered_at_most = 4096;

    template <class Buffers>
    static boost::asio::mutable_buffer first(const Buffers& buffers) {
        for (auto at = boost::asio::buffer_sequence_begin(buffers);
             at != boost::asio::buffer_sequence_end(buffers); ++at) {
            const boost::asio::mutable_buffer one(*at);
            if (one.size() > 0) return one;
        }
        return {};
    }
    template <class Buffers>
    std::size_t tls_write(const Buffers& buffers, error_code& ec) {
        auto at = boost::asio::buffer_sequence_begin(buffers);
        const auto end = boost::asio::buffer_sequence_end(buffers);
        while (at != end && boost::asio::const_buffer(*at).size() == 0) ++at;
        ec = {};
        if (at == end) return 0;
        const boost::asio::const_buffer one(*at);
        if (one.size() >= gathered_at_most || std::next(at) == end)
            return tls_write(static_cast<const char*>(one.data()), one.size(), ec);
        std::array<char, gathered_at_most> gathered;  // NOLINT: filled as far as it is used
        const std::size_t size = boost::asio::buffer_copy(boost::asio::buffer(gathered), buffers);
        return tls_write(gathered.data(), size, ec);
    }
    std::size_t tls_write(const char* from, std::size_t size, error_code& ec) {
        const TlsSession::Step step = tls_->write(from, size);
        ec = error_of(step.state);
        return step.bytes;
    }
    /// An end without a farewell may be somebody else's: it counts as lost.
    static error_code error_of(TlsSession::State state) {
        switch (state) {
            case TlsSession::State::Done: return {};
            case TlsSession::State::WantsRead:
            case TlsSession::State::WantsWrite: return boost::asio::error::would_block;
            case TlsSession::State::Ended: return boost::asio::error::eof;
            case TlsSession::State::Broken: break;
        }
        return boost::asio::error::connection_reset;
    }

    /// Completes never within the call that began it.
    struct Reading {
        Stream* stream;
        boost::asio::mutable_buffer into;
        bool begun = false;
        bool posted = false;
        error_code outcome = {};
        std::size_t bytes = 0;

        template <class Self>
        void operator()(Self& self, error_code ec = {}) {
            if (posted) return self.complete(outcome, bytes);
            if (ec) return self.complete(ec, 0);
            const bool is_first = !std::exchange(begun, true);
            // What is not here already has to come first.
            if (is_first && into.size() > 0 && !stream->tls_->has_pending()) return wait(self);
            TlsSession::Step step{TlsSession::State::Done, 0};
            if (into.size() > 0) step = stream->tls_->read(static_cast<char*>(into.data()), into.size());
            if (step.state == TlsSession::State::WantsRead) return wait(self);
            outcome = error_of(step.state);
            bytes = step.bytes;
            if (!is_first) return self.complete(outcome, bytes);
            posted = true;
            boost::asio::post(stream->get_executor(), std::move(self));
        }
        template <class Self>
        void wait(Self& self) {
            stream->socket_.async_wait(Socket::wait_read, std::move(self));
        }
    };
    template <class Buffers>
    struct Writing {
        Stream* stream;
        Buffers from;
        bool begun = false;
        bool posted = false;
        error_code outcome = {};
        std::size_t bytes = 0;

        template <class Self>
        void operator()(Self& self, error_code ec = {}) {
            if (posted) return self.complete(outcome, bytes);
            if (ec) return self.complete(ec, 0);
            const bool is_first = !std::exchange(begun, true);
            bytes = stream->tls_write(from, outcome);
            if (outcome == boost::asio::error::would_block)
                return stream->socket_.async_wait(Socket::wait_write, std::move(self));
            if (!is_first) return self.complete(outcome, bytes);
            posted = true;
            boost::asio::post(stream->get_executor(), std::move(self));
        }
    };

    Socket socket_;
    std::unique_ptr<TlsSession> tls_;
    std::shared_ptr<void> seat_;
    bool leaving_ = false;
};

}  // namespace potd::api
