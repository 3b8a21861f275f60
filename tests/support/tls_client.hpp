#pragma once

#include "tests/support/certificates.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace potd::test {

/// A client's end of TLS at a port of 127.0.0.1 that never waits, for a test that drives both ends.
class TlsClient {
  public:
    struct Options {
        std::optional<CertificateFiles> own;
        std::string protocols;    ///< of ALPN, as on the wire: "\x2h2"; empty: none
        int highest_version = 0;  ///< such as 0x0302; 0: any
        bool quiet = false;       ///< connects, and says nothing until `send`
        std::string session;      ///< what `session()` of an earlier one gave, to resume it
    };
    TlsClient(std::uint16_t port, const std::filesystem::path& authority)
        : TlsClient(port, authority, Options()) {}
    TlsClient(std::uint16_t port, const std::filesystem::path& authority, Options options);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    /// Goes on with the handshake, sends what there is to send, takes what is there.
    void pump();
    void send(std::string_view bytes);
    /// Says goodbye, and may still receive.
    void stop_sending();
    /// Closes the socket without a word.
    void hang_up();
    /// Puts bytes on the wire below TLS.
    void send_raw(std::string_view bytes) const;

    [[nodiscard]] bool open() const;  ///< the handshake is done
    [[nodiscard]] std::string version() const;
    [[nodiscard]] std::string protocol() const;  ///< of ALPN
    [[nodiscard]] std::string subject() const;   ///< common name of the server's certificate
    [[nodiscard]] bool resumed() const;
    [[nodiscard]] std::string session() const;

    std::string received;
    bool said_goodbye = false;  ///< the server has
    bool ended = false;         ///< nothing more comes, whatever the reason
    std::string why;            ///< if it is an error

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace potd::test
