// TLS by OpenSSL, 1.1.1 or 3: only what both have.
#include "client/http/tls.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

namespace potd::client {
namespace {

template <auto Free>
struct TlsFree {
    template <class T>
    void operator()(T* freed) const {
        Free(freed);
    }
};
using ContextPtr = std::unique_ptr<SSL_CTX, TlsFree<&::SSL_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL, TlsFree<&::SSL_free>>;

constexpr std::chrono::seconds handshake_patience{15};
constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

std::string reason_of(unsigned long error) {
    const char* const text = ::ERR_reason_error_string(error);
    return text == nullptr ? "an unknown error" : text;
}

Failure no_trust(const Endpoint& endpoint, std::string_view why, std::string hint = {}) {
    Failure failure;
    failure.exit = exit_code::no_daemon;
    failure.why = "no TLS with " + endpoint.text() + ": " + std::string(why);
    failure.hint = std::move(hint);
    return failure;
}

/// What is wrong with the certificate at the other end.
Failure bad_certificate(const Endpoint& endpoint, long verdict) {
    switch (verdict) {
        case X509_V_ERR_CERT_HAS_EXPIRED: return no_trust(endpoint, "its certificate has expired");
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return no_trust(endpoint, "its certificate is not valid yet", "is the clock right?");
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return no_trust(endpoint, "its certificate is not for " + endpoint.host);
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return no_trust(endpoint, "its certificate is of an authority that is not known",
                            "--cacert FILE names one");
        default: return no_trust(endpoint, ::X509_verify_cert_error_string(verdict));
    }
}

/// What OpenSSL says, in words of those who typed the address.
Failure broken(const Endpoint& endpoint, unsigned long error, int system_error) {
    switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_HTTP_REQUEST: return no_trust(endpoint, "it does not speak TLS", "is it http://?");
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return no_trust(endpoint, "potd wants a certificate", "--cert FILE and --key FILE are ours");
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
            return no_trust(endpoint, "potd does not know the authority of our certificate");
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return no_trust(endpoint, "our certificate has expired");
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
            return no_trust(endpoint, "potd refuses our certificate: " + reason_of(error));
        default: break;
    }
    if (error != 0) return no_trust(endpoint, reason_of(error));
    if (system_error != 0) return no_trust(endpoint, std::generic_category().message(system_error));
    return no_trust(endpoint, "potd closed the connection");
}

class OpenSslTls : public Tls {
  public:
    OpenSslTls(ContextPtr context, SessionPtr session, Endpoint endpoint)
        : context_(std::move(context)), session_(std::move(session)), endpoint_(std::move(endpoint)) {}

    Step handshake() {
        const Step step = after(begin() ? ::SSL_connect(session_.get()) : -1);
        is_open_ = step.state == State::Done;
        return step;
    }
    Step read(char* into, std::size_t size) override {
        return after(begin() ? ::SSL_read(session_.get(), into, bounded(size)) : -1);
    }
    Step write(const char* from, std::size_t size) override {
        return after(begin() ? ::SSL_write(session_.get(), from, bounded(size)) : -1);
    }
    void say_goodbye() override {
        if (!std::exchange(is_open_, false)) return;
        ::ERR_clear_error();
        ::SSL_shutdown(session_.get());
    }
    Failure failure() const override { return failure_; }

  private:
    static int bounded(std::size_t size) {
        return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    }
    bool begin() const {
        ::ERR_clear_error();
        errno = 0;
        return failure_.why.empty();
    }
    Step after(int outcome) {
        if (outcome > 0) return {State::Done, static_cast<std::size_t>(outcome)};
        if (!failure_.why.empty()) return {};
        const int system_error = errno;
        switch (::SSL_get_error(session_.get(), outcome)) {
            case SSL_ERROR_WANT_READ: return {State::WantsRead, 0};
            case SSL_ERROR_WANT_WRITE: return {State::WantsWrite, 0};
            case SSL_ERROR_ZERO_RETURN: return {State::Ended, 0};
            default: break;
        }
        is_open_ = false;
        const long verdict = ::SSL_get_verify_result(session_.get());
        failure_ = verdict != X509_V_OK ? bad_certificate(endpoint_, verdict)
                                        : broken(endpoint_, ::ERR_peek_error(), system_error);
        ::ERR_clear_error();
        return {};
    }

    ContextPtr context_;
    SessionPtr session_;
    Endpoint endpoint_;
    bool is_open_ = false;
    Failure failure_;
};

/// Nobody is asked: potctl runs in scripts.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

Failure bad_file(std::string_view option, const std::string& file) {
    const unsigned long error = ::ERR_peek_error();
    const bool of_system = ERR_GET_LIB(error) == ERR_LIB_SYS;
    const std::string why =
        of_system ? std::generic_category().message(ERR_GET_REASON(error)) : reason_of(error);
    ::ERR_clear_error();
    return failed(std::string(option) + ": " + file + ": " + why);
}

Status use_files(SSL_CTX* context, const TlsFiles& files) {
    ::ERR_clear_error();
    if (files.cacert.empty()) {
        ::SSL_CTX_set_default_verify_paths(context);
    } else if (::SSL_CTX_load_verify_locations(context, files.cacert.c_str(), nullptr) != 1) {
        return bad_file("--cacert", files.cacert);
    }
    if (files.cert.empty()) return Done{};
    if (::SSL_CTX_use_certificate_chain_file(context, files.cert.c_str()) != 1)
        return bad_file("--cert", files.cert);
    const std::string& key = files.key.empty() ? files.cert : files.key;
    if (::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
        ::SSL_CTX_check_private_key(context) != 1)
        return bad_file("--key", key);
    return Done{};
}

bool is_address(const std::string& host) {
    in6_addr bytes{};
    return ::inet_pton(AF_INET, host.c_str(), &bytes) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

/// The name that was typed is the one that counts.
bool expect(SSL* session, const std::string& host) {
    if (is_address(host))
        return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(session), host.c_str()) == 1;
    std::string name = host;  // OpenSSL wants it changeable, and copies it
    ::SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ::SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1 &&
           ::SSL_set1_host(session, host.c_str()) == 1;
}

Result<std::unique_ptr<OpenSslTls>> prepare(int socket, const Endpoint& endpoint) {
    ::ERR_clear_error();
    ContextPtr context(::SSL_CTX_new(::TLS_client_method()));
    if (!context || ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1)
        return no_trust(endpoint, reason_of(::ERR_peek_error()));
    ::SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_default_passwd_cb(context.get(), &no_passphrase);
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (auto used = use_files(context.get(), endpoint.files); !used) return used.failure();
    SessionPtr session(::SSL_new(context.get()));
    if (!session || !expect(session.get(), endpoint.host) || ::SSL_set_fd(session.get(), socket) != 1 ||
        ::SSL_set_alpn_protos(session.get(), http11, sizeof http11) != 0)
        return no_trust(endpoint, reason_of(::ERR_peek_error()));
    return std::make_unique<OpenSslTls>(std::move(context), std::move(session), endpoint);
}

}  // namespace

Result<std::unique_ptr<Tls>> Tls::open(int socket, const Endpoint& endpoint) {
    auto tls = prepare(socket, endpoint);
    if (!tls) return tls.failure();
    if (::fcntl(socket, F_SETFL, O_NONBLOCK) != 0)
        return no_trust(endpoint, std::generic_category().message(errno));
    const auto end = std::chrono::steady_clock::now() + handshake_patience;
    for (;;) {
        const Step step = (*tls)->handshake();
        if (step.state == State::Done) return std::unique_ptr<Tls>(std::move(*tls));
        if (step.state == State::Broken) return (*tls)->failure();
        const short wanted = step.state == State::WantsWrite ? POLLOUT : POLLIN;
        pollfd waited{socket, wanted, 0};
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
        const int ready = left > 0 ? ::poll(&waited, 1, static_cast<int>(left)) : 0;
        if (ready == 0) return no_trust(endpoint, "it says nothing", "is it http://?");
    }
}

}  // namespace potd::client
