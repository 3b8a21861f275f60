#pragma once

#include "api/http/limits.hpp"
#include "api/http/request_log.hpp"
#include "api/http/router.hpp"
#include "api/http/server_figures.hpp"
#include "api/http/tcp_listener.hpp"
#include "api/http/tls.hpp"
#include "api/http/unix_listener.hpp"
#include "core/base/result.hpp"
#include "core/port/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace potd::api {

/// The HTTP server, on a unix socket, on a port that only this machine reaches, on a port with TLS, or on all
/// of them. Lives on the thread that runs `context`; everything given to it outlives it. Destroying it closes
/// every connection at once.
class Server {
  public:
    struct Parts {
        boost::asio::io_context& context;
        core::Clock& clock;
        core::Timers& timers;  ///< of that same loop
        const Router& router;
        Limits limits;
        RequestLog* log = nullptr;  ///< null = nobody is told
    };

    explicit Server(const Parts& parts);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// See UnixListener. Requests are answered once the loop runs.
    [[nodiscard]] core::Status listen(const UnixEndpoint& endpoint);
    /// See TcpListener.
    [[nodiscard]] core::Status listen(const LoopbackEndpoint& endpoint);
    /// See TcpListener. At most three quarters of the connections come by it, so that whoever is on this
    /// machine gets in whatever happens outside.
    [[nodiscard]] core::Status listen(const TlsEndpoint& endpoint, std::shared_ptr<const TlsContext> context);
    /// For connections from now on.
    void set_tls(std::shared_ptr<const TlsContext> context);
    /// Takes no more connections, closes idle ones, ends endless streams, answers waits with 503 and
    /// lets the rest finish for the grace time. `done` is called once, when the last is gone.
    void shut_down(std::function<void()> done);
    [[nodiscard]] std::size_t connections() const;
    [[nodiscard]] ServerFigures figures() const;
    /// Of a LoopbackEndpoint, once it listens; 0 without.
    [[nodiscard]] std::uint16_t port() const;
    /// The same of a TlsEndpoint.
    [[nodiscard]] std::uint16_t tls_port() const;

  private:
    class Room;
    std::shared_ptr<Room> room_;
};

}  // namespace potd::api
