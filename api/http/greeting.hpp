#pragma once

#include "api/http/stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace potd::api {

/// The TLS handshake of a new connection. Loop thread.
class Greeting : public std::enable_shared_from_this<Greeting> {
  public:
    /// Once, when it is over, with an empty reason if it went well: then the stream can be taken.
    using Over = std::function<void(Greeting&, const std::string& why_not)>;

    /// `begun` in the server's seconds.
    Greeting(Stream stream, std::string address, std::int64_t begun, Over over)
        : stream_(std::move(stream)), address_(std::move(address)), begun_(begun), over_(std::move(over)) {}

    void start() { step(); }
    /// Closes it; `over` is told why.
    void give_up(const std::string& why);

    [[nodiscard]] Stream take_stream() { return std::move(stream_); }
    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] std::int64_t begun() const { return begun_; }
    [[nodiscard]] std::vector<std::string> names() { return stream_.tls()->peer_names(); }

  private:
    void step();
    void wait(Socket::wait_type what);
    void end(const std::string& why_not);
    void answer_http();

    Stream stream_;
    std::string address_;
    std::int64_t begun_;
    Over over_;
};

}  // namespace potd::api
