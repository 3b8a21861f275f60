#pragma once

#include "client/base/result.hpp"
#include "client/http/endpoint.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace potd::client {

/// TLS over a connected socket, which it does not own. Waits for nothing: says what to wait for.
class Tls {
  public:
    enum class State { Done, WantsRead, WantsWrite, Ended, Broken };
    struct Step {
        State state = State::Broken;
        std::size_t bytes = 0;  ///< read or written, when Done
    };

    /// Makes the socket one that does not block and does the handshake, which may take 15 seconds. The other
    /// end is who `endpoint` names, by a certificate of an authority that is trusted; else the failure says
    /// what is wrong with it.
    [[nodiscard]] static Result<std::unique_ptr<Tls>> open(int socket, const Endpoint& endpoint);

    virtual ~Tls() = default;
    /// At most one record; nothing of it is left behind if there is room for 16 KiB.
    [[nodiscard]] virtual Step read(char* into, std::size_t size) = 0;
    /// After WantsWrite again with the same bytes, and perhaps more behind them.
    [[nodiscard]] virtual Step write(const char* from, std::size_t size) = 0;
    virtual void say_goodbye() = 0;
    /// What broke it.
    [[nodiscard]] virtual Failure failure() const = 0;
};

}  // namespace potd::client
