// TLS by OpenSSL, 1.1.1 or 3: only what both have.
#include "api/http/tls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::api {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct TlsFree {
    template <class T>
    void operator()(T* freed) const {
        Free(freed);
    }
};
template <class T, auto Free>
using TlsOwned = std::unique_ptr<T, TlsFree<Free>>;
using CertificatePtr = TlsOwned<X509, &::X509_free>;
using BioPtr = TlsOwned<BIO, &::BIO_free_all>;

// TLS 1.2: forward secrecy and authenticated encryption only. Those of TLS 1.3 are all good.
constexpr const char* tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 9> http11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr long session_seconds = 3600;

std::string reason_of(unsigned long error) {
    const char* const text = ::ERR_reason_error_string(error);
    return text == nullptr ? "an unknown error" : text;
}

// Sessions

class OpenSslSession : public TlsSession {
  public:
    explicit OpenSslSession(SSL* ssl) : ssl_(ssl) {}

    Step handshake() override {
        const Step step = after(begin() ? ::SSL_accept(ssl_.get()) : -1);
        is_open_ = step.state == State::Done;
        return {step.state, 0};
    }
    Step read(char* into, std::size_t size) override {
        return after(begin() ? ::SSL_read(ssl_.get(), into, bounded(size)) : -1);
    }
    Step write(const char* from, std::size_t size) override {
        const Step step = after(begin() ? ::SSL_write(ssl_.get(), from, bounded(size)) : -1);
        // Nothing can make writing wait for the peer: keys are agreed on once.
        return step.state == State::WantsRead ? Step{} : step;
    }
    bool has_pending() const override { return ::SSL_has_pending(ssl_.get()) == 1; }
    void say_goodbye() override {
        if (!std::exchange(is_open_, false)) return;
        ::ERR_clear_error();
        ::SSL_shutdown(ssl_.get());
        ::ERR_clear_error();
    }
    std::vector<std::string> peer_names() const override;
    std::string why() const override { return why_; }
    bool spoke_http() const override { return spoke_http_; }

  private:
    static int bounded(std::size_t size) {
        return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
    }
    /// False after it broke.
    bool begin() const {
        ::ERR_clear_error();
        errno = 0;
        return why_.empty();
    }
    Step after(int outcome);

    TlsOwned<SSL, &::SSL_free> ssl_;
    bool is_open_ = false;
    bool spoke_http_ = false;
    std::string why_;
};

TlsSession::Step OpenSslSession::after(int outcome) {
    if (outcome > 0) return {State::Done, static_cast<std::size_t>(outcome)};
    if (!why_.empty()) return {};
    const int saved = errno;
    switch (::SSL_get_error(ssl_.get(), outcome)) {
        case SSL_ERROR_WANT_READ: return {State::WantsRead, 0};
        case SSL_ERROR_WANT_WRITE: return {State::WantsWrite, 0};
        case SSL_ERROR_ZERO_RETURN: return {State::Ended, 0};
        default: break;
    }
    is_open_ = false;  // a farewell would be as wrong as what came before it
    const unsigned long error = ::ERR_peek_error();
    spoke_http_ = ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
    if (error != 0)
        why_ = reason_of(error);
    else
        why_ = saved == 0 ? "the client hung up" : core::os_error(saved, "connection").message;
    ::ERR_clear_error();
    return {};
}

/// Nothing for a text with a NUL, which only a forger puts there.
void add_name(const ASN1_STRING* text, std::vector<std::string>& names) {
    unsigned char* bytes = nullptr;
    const int size = ::ASN1_STRING_to_UTF8(&bytes, text);
    if (size < 0) return;
    std::string name(bytes, bytes + size);
    ::OPENSSL_free(bytes);
    const bool is_good = !name.empty() && name.find('\0') == std::string::npos;
    if (is_good && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(std::move(name));
}

std::vector<std::string> OpenSslSession::peer_names() const {
    std::vector<std::string> names;
    const CertificatePtr certificate(::SSL_get_peer_certificate(ssl_.get()));
    if (!certificate || ::SSL_get_verify_result(ssl_.get()) != X509_V_OK) return names;
    const X509_NAME* const subject = ::X509_get_subject_name(certificate.get());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): 1.1.1 wants it so and changes nothing
    auto* const name = const_cast<X509_NAME*>(subject);
    for (int at = -1; (at = ::X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        add_name(::X509_NAME_ENTRY_get_data(::X509_NAME_get_entry(name, at)), names);
    const TlsOwned<GENERAL_NAMES, &::GENERAL_NAMES_free> others(static_cast<GENERAL_NAMES*>(
        ::X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; others && i < sk_GENERAL_NAME_num(others.get()); ++i) {
        int type = 0;
        const void* const value = ::GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(others.get(), i), &type);
        if (type == GEN_DNS || type == GEN_EMAIL || type == GEN_URI)
            add_name(static_cast<const ASN1_STRING*>(value), names);
    }
    return names;
}

// The context

class OpenSslContext : public TlsContext {
  public:
    explicit OpenSslContext(SSL_CTX* context) : context_(context) {}

    [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
    std::unique_ptr<TlsSession> session(int descriptor) const override {
        SSL* const ssl = ::SSL_new(context_.get());
        if (ssl == nullptr) return nullptr;
        auto made = std::make_unique<OpenSslSession>(ssl);
        return ::SSL_set_fd(ssl, descriptor) == 1 ? std::move(made) : nullptr;
    }
    std::string subject() const override {
        return printed([](BIO* out, const X509* certificate) {
            ::X509_NAME_print_ex(out, ::X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
        });
    }
    std::string good_until() const override {
        return printed([](BIO* out, const X509* certificate) {
            ::ASN1_TIME_print(out, ::X509_get0_notAfter(certificate));
        });
    }
    bool is_out_of_date() const override {
        const X509* const certificate = ::SSL_CTX_get0_certificate(context_.get());
        return ::X509_cmp_current_time(::X509_get0_notBefore(certificate)) > 0 ||
               ::X509_cmp_current_time(::X509_get0_notAfter(certificate)) < 0;
    }

  private:
    template <class Print>
    std::string printed(const Print& print) const {
        const BioPtr out(::BIO_new(::BIO_s_mem()));
        if (!out) return {};
        print(out.get(), ::SSL_CTX_get0_certificate(context_.get()));
        char* text = nullptr;
        const long size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(std::max(size, 0L))};
    }

    TlsOwned<SSL_CTX, &::SSL_CTX_free> context_;
};

core::Error file_error(std::string_view field, const fs::path& file, const std::string& what) {
    core::Error error = core::error(core::ErrorKind::InvalidArgument,
                                    std::string(field) + ": " + file.string() + ": " + what);
    error.field = field;
    return error;
}

/// What OpenSSL has against the file.
core::Error refused(std::string_view field, const fs::path& file, std::string_view expected) {
    const std::string reason = reason_of(::ERR_peek_error());  // the cause; the later ones only pass it on
    ::ERR_clear_error();
    return file_error(field, file, reason + "; expected " + std::string(expected));
}

int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*data*/) {
    // Without one in common RFC 7301 wants an alert, so that no client takes the answer for HTTP/2.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL's interface; it stays as it is
    auto** const out = const_cast<unsigned char**>(chosen);
    return ::SSL_select_next_proto(out, size, http11.data(), http11.size(), offered, offered_size) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Nobody is there who could type it.
int no_passphrase(char* /*into*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

bool set_up(SSL_CTX* context) {
    constexpr std::array<unsigned char, 4> id{'p', 'o', 't', 'd'};
    ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_ECDH_USE);
    // Idle connections keep no buffers, and an answer is written as far as the socket takes it.
    ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    ::SSL_CTX_set_read_ahead(context, 1);
    // Sessions are resumed by tickets: nothing of them is kept here.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_timeout(context, session_seconds);
    ::SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
    ::SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
    return ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           ::SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1 &&
           ::SSL_CTX_set_num_tickets(context, 1) == 1 &&
           ::SSL_CTX_set_session_id_context(context, id.data(), id.size()) == 1;
}

/// Open for reading; the error names the field.
core::Result<BioPtr> open_file(std::string_view field, const fs::path& file) {
    ::ERR_clear_error();
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return core::os_error(errno, std::string(field) + ": " + file.string());
    BioPtr bio(::BIO_new_fd(fd, BIO_CLOSE));
    if (!bio) ::close(fd);
    struct stat facts {};
    if (!bio || ::fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode))
        return file_error(field, file, "is no file that can be read");
    return bio;
}

core::Status check_rights(const fs::path& file, int fd) {
    constexpr mode_t of_too_many = 0037;  // a group may read it, as ssl-cert does
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) return core::os_error(errno, "api.tls.key: " + file.string());
    if ((facts.st_mode & of_too_many) != 0)
        return file_error("api.tls.key", file, "others have rights to it; expected the mode 0600 or 0640");
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid())
        return file_error(
            "api.tls.key", file,
            "belongs to uid " + std::to_string(facts.st_uid) + "; expected root or potd's own user");
    return {};
}

core::Status use_key(SSL_CTX* context, const fs::path& file) {
    auto bio = open_file("api.tls.key", file);
    if (!bio) return std::move(bio).error();
    int fd = -1;
    BIO_get_fd(bio->get(), &fd);
    if (auto good = check_rights(file, fd); !good) return good;
    const TlsOwned<EVP_PKEY, &::EVP_PKEY_free> key(
        ::PEM_read_bio_PrivateKey(bio->get(), nullptr, &no_passphrase, nullptr));
    if (!key) return refused("api.tls.key", file, "a private key in PEM, without a passphrase");
    if (::SSL_CTX_use_PrivateKey(context, key.get()) != 1 || ::SSL_CTX_check_private_key(context) != 1)
        return refused("api.tls.key", file, "the key of the certificate");
    return {};
}

core::Status use_certificate(SSL_CTX* context, const fs::path& file) {
    if (auto readable = open_file("api.tls.certificate", file); !readable) return std::move(readable).error();
    if (::SSL_CTX_use_certificate_chain_file(context, file.c_str()) == 1) return {};
    return refused("api.tls.certificate", file, "certificates in PEM, potd's own first");
}

core::Status use_client_ca(SSL_CTX* context, const TlsOptions& options) {
    const fs::path& file = options.client_ca;
    if (file.empty()) return {};
    if (auto readable = open_file("api.tls.client_ca", file); !readable) return std::move(readable).error();
    constexpr std::string_view expected = "certificates of authorities in PEM";
    if (::SSL_CTX_load_verify_locations(context, file.c_str(), nullptr) != 1)
        return refused("api.tls.client_ca", file, expected);
    auto* const names = ::SSL_load_client_CA_file(file.c_str());
    if (names == nullptr) return refused("api.tls.client_ca", file, expected);
    ::SSL_CTX_set_client_CA_list(context, names);
    const int needed = options.needs_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | needed, nullptr);
    return {};
}

}  // namespace

core::Result<std::shared_ptr<const TlsContext>> TlsContext::open(const TlsOptions& options) {
    ::ERR_clear_error();
    const auto context = std::make_shared<OpenSslContext>(::SSL_CTX_new(::TLS_server_method()));
    SSL_CTX* const raw = context->get();
    if (raw == nullptr || !set_up(raw))
        return core::error(core::ErrorKind::Internal, "TLS: " + reason_of(::ERR_peek_last_error()));
    if (auto used = use_certificate(raw, options.certificate); !used) return std::move(used).error();
    if (auto used = use_key(raw, options.key); !used) return std::move(used).error();
    if (auto used = use_client_ca(raw, options); !used) return std::move(used).error();
    return std::shared_ptr<const TlsContext>(context);
}

}  // namespace potd::api
