#include "tests/support/tls_client.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {

struct TlsClient::State {
    ~State() {
        ::SSL_free(ssl);
        ::SSL_CTX_free(context);
        if (fd >= 0) ::close(fd);
    }
    int fd = -1;
    SSL_CTX* context = ::SSL_CTX_new(::TLS_client_method());
    SSL* ssl = nullptr;
    bool quiet = false;
    bool open = false;
    std::string unsent;
};

namespace {

int connected_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the socket API's own way
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
        throw std::system_error(errno, std::generic_category(), "connect");
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

SSL_SESSION* session_of(const std::string& text) {
    BIO* const bio = ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    SSL_SESSION* const session = ::PEM_read_bio_SSL_SESSION(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    return session;
}

}  // namespace

TlsClient::TlsClient(std::uint16_t port, const std::filesystem::path& authority, Options options)
    : state_(std::make_unique<State>()) {
    State& s = *state_;
    s.fd = connected_to(port);
    s.quiet = options.quiet;
    ::SSL_CTX_load_verify_locations(s.context, authority.c_str(), nullptr);
    ::SSL_CTX_set_verify(s.context, SSL_VERIFY_PEER, nullptr);
    ::SSL_CTX_set_mode(s.context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (options.highest_version != 0) {
        ::SSL_CTX_set_security_level(s.context, 0);
        ::SSL_CTX_set_min_proto_version(s.context, TLS1_VERSION);
        ::SSL_CTX_set_max_proto_version(s.context, options.highest_version);
    }
    if (options.own) {
        ::SSL_CTX_use_certificate_chain_file(s.context, options.own->certificate.c_str());
        ::SSL_CTX_use_PrivateKey_file(s.context, options.own->key.c_str(), SSL_FILETYPE_PEM);
    }
    s.ssl = ::SSL_new(s.context);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
    const auto* const protocols = reinterpret_cast<const unsigned char*>(options.protocols.data());
    if (!options.protocols.empty())
        ::SSL_set_alpn_protos(s.ssl, protocols, static_cast<unsigned>(options.protocols.size()));
    if (!options.session.empty()) {
        SSL_SESSION* const session = session_of(options.session);
        ::SSL_set_session(s.ssl, session);
        ::SSL_SESSION_free(session);
    }
    ::SSL_set_fd(s.ssl, s.fd);
    ::SSL_set_connect_state(s.ssl);
}

TlsClient::~TlsClient() = default;

void TlsClient::pump() {
    State& s = *state_;
    if (ended || s.quiet || s.fd < 0) return;
    ::ERR_clear_error();
    std::array<char, 65536> buffer{};
    int outcome = s.open ? 1 : ::SSL_do_handshake(s.ssl);
    s.open = s.open || outcome == 1;
    while (outcome > 0 && !s.unsent.empty()) {
        outcome = ::SSL_write(s.ssl, s.unsent.data(), static_cast<int>(s.unsent.size()));
        if (outcome > 0) s.unsent.erase(0, static_cast<std::size_t>(outcome));
    }
    if (s.open) {
        while ((outcome = ::SSL_read(s.ssl, buffer.data(), static_cast<int>(buffer.size()))) > 0)
            received.append(buffer.data(), static_cast<std::size_t>(outcome));
    }
    if (outcome > 0) return;
    const int kind = ::SSL_get_error(s.ssl, outcome);
    if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) return;
    ended = true;
    said_goodbye = kind == SSL_ERROR_ZERO_RETURN;
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_error());
    if (!said_goodbye) why = reason == nullptr ? "cut off" : reason;
    ::ERR_clear_error();
}

void TlsClient::send(std::string_view bytes) {
    state_->quiet = false;
    state_->unsent += bytes;
    pump();
}

void TlsClient::stop_sending() {
    ::SSL_shutdown(state_->ssl);
    ::shutdown(state_->fd, SHUT_WR);
}

void TlsClient::hang_up() {
    if (state_->fd >= 0) ::close(std::exchange(state_->fd, -1));
    ended = true;
}

void TlsClient::send_raw(std::string_view bytes) const {
    if (::send(state_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("the socket does not take it");
}

bool TlsClient::open() const {
    return state_->open;
}
std::string TlsClient::version() const {
    return ::SSL_get_version(state_->ssl);
}
std::string TlsClient::protocol() const {
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(state_->ssl, &chosen, &size);
    return {chosen, chosen + size};
}
std::string TlsClient::subject() const {
    X509* const certificate = ::SSL_get_peer_certificate(state_->ssl);
    if (certificate == nullptr) return {};
    std::array<char, 256> text{};
    ::X509_NAME_get_text_by_NID(::X509_get_subject_name(certificate), NID_commonName, text.data(),
                                static_cast<int>(text.size()));
    ::X509_free(certificate);
    return text.data();
}
bool TlsClient::resumed() const {
    return ::SSL_session_reused(state_->ssl) == 1;
}
std::string TlsClient::session() const {
    BIO* const bio = ::BIO_new(::BIO_s_mem());
    ::PEM_write_bio_SSL_SESSION(bio, ::SSL_get_session(state_->ssl));
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    std::string out(text, static_cast<std::size_t>(size));
    ::BIO_free(bio);
    return out;
}

}  // namespace potd::test
