#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace potd::api {

/// TLS on one connected descriptor that does not block, which it does not own. Never waits: says what to wait
/// for. Nothing may be asked of it after Broken but `why`, `spoke_http` and the farewell.
class TlsSession {
  public:
    enum class State {
        Done,
        WantsRead,   ///< again, when the descriptor can be read
        WantsWrite,  ///< again, when it takes more; `write` with the same bytes and perhaps more behind them
        Ended,       ///< the peer has said that it sends no more
        Broken,
    };
    struct Step {
        State state = State::Broken;
        std::size_t bytes = 0;  ///< read or written, when Done
    };

    virtual ~TlsSession() = default;
    [[nodiscard]] virtual Step handshake() = 0;
    [[nodiscard]] virtual Step read(char* into, std::size_t size) = 0;
    [[nodiscard]] virtual Step write(const char* from, std::size_t size) = 0;
    /// True if `read` may have something although nothing is left at the descriptor.
    [[nodiscard]] virtual bool has_pending() const = 0;
    /// Tells the peer that no more comes, if the descriptor takes that now.
    virtual void say_goodbye() = 0;
    /// What the peer's verified certificate says of whom it is: its common name, then its alternative names
    /// (DNS, e-mail, URI). Empty without a certificate.
    [[nodiscard]] virtual std::vector<std::string> peer_names() const = 0;
    /// Why it is Broken, in a few words.
    [[nodiscard]] virtual std::string why() const = 0;
    /// Broken, because what the peer sent is HTTP without TLS.
    [[nodiscard]] virtual bool spoke_http() const = 0;
};

struct TlsOptions {
    std::filesystem::path certificate;  ///< PEM, with the chain behind it
    std::filesystem::path key;          ///< PEM; root's or our own, and not for others
    std::filesystem::path client_ca;    ///< PEM; empty: clients are not asked for certificates
    bool needs_client_certificate = false;
};

/// What TLS connections are made with, read once.
class TlsContext {
  public:
    /// The error names the field, the file and what was expected.
    [[nodiscard]] static core::Result<std::shared_ptr<const TlsContext>> open(const TlsOptions& options);

    virtual ~TlsContext() = default;
    /// For a new connection, at the server's end; null for want of memory.
    [[nodiscard]] virtual std::unique_ptr<TlsSession> session(int descriptor) const = 0;
    /// "CN=potd.example", and until when it is good, for the log.
    [[nodiscard]] virtual std::string subject() const = 0;
    [[nodiscard]] virtual std::string good_until() const = 0;
    /// True if that is over, or has not begun.
    [[nodiscard]] virtual bool is_out_of_date() const = 0;
};

}  // namespace potd::api
