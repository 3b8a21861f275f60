#include "tests/support/certificates.hpp"

#include <cstdio>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

namespace potd::test {
namespace {

template <auto Free>
struct MadeFree {
    template <class T>
    void operator()(T* freed) const {
        Free(freed);
    }
};
using MadeKey = std::unique_ptr<EVP_PKEY, MadeFree<&::EVP_PKEY_free>>;
using MadeCertificate = std::unique_ptr<X509, MadeFree<&::X509_free>>;

void need(bool good, const char* what) {
    if (good) return;
    const char* const reason = ::ERR_reason_error_string(::ERR_peek_last_error());
    throw std::runtime_error(std::string(what) + ": " + (reason == nullptr ? "failed" : reason));
}

MadeKey new_key() {
    const std::unique_ptr<EVP_PKEY_CTX, MadeFree<&::EVP_PKEY_CTX_free>> context(
        ::EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
    EVP_PKEY* key = nullptr;
    need(context && ::EVP_PKEY_keygen_init(context.get()) == 1 &&
             EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1) == 1 &&
             ::EVP_PKEY_keygen(context.get(), &key) == 1,
         "a key");
    return MadeKey(key);
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    need(extension != nullptr && ::X509_add_ext(certificate, extension, -1) == 1, "an extension");
    ::X509_EXTENSION_free(extension);
}

template <class Act>
void write_pem(const std::filesystem::path& file, const Act& act) {
    std::FILE* const out = std::fopen(file.c_str(), "we");
    need(out != nullptr && ::fchmod(::fileno(out), 0600) == 0 && act(out) == 1, "a file");
    need(std::fclose(out) == 0, "a file");
}

}  // namespace

struct CertificateAuthority::Pair {
    MadeKey key = new_key();
    MadeCertificate certificate{::X509_new()};

    void fill(const CertificateWish& wish, long serial) const {
        X509* const made = certificate.get();
        X509_NAME* const name = ::X509_get_subject_name(made);
        constexpr long day = 86'400;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes
        const auto* const text = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
        need(::X509_set_version(made, 2) == 1 &&
                 ::ASN1_INTEGER_set(::X509_get_serialNumber(made), serial) == 1 &&
                 ::X509_gmtime_adj(::X509_getm_notBefore(made), wish.from_day * day) != nullptr &&
                 ::X509_gmtime_adj(::X509_getm_notAfter(made), wish.until_day * day) != nullptr &&
                 ::X509_set_pubkey(made, key.get()) == 1 &&
                 ::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1,
             "a certificate");
    }
};

CertificateAuthority::CertificateAuthority(std::filesystem::path directory, const std::string& name)
    : directory_(std::move(directory)), name_(name), own_(std::make_unique<Pair>()) {
    X509* const made = own_->certificate.get();
    own_->fill({name}, serial_);
    ::X509_set_issuer_name(made, ::X509_get_subject_name(made));
    add_extension(made, made, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(made, made, NID_subject_key_identifier, "hash");
    need(::X509_sign(made, own_->key.get(), ::EVP_sha256()) > 0, "a signature");
    static_cast<void>(write(*own_, name));
}

CertificateAuthority::~CertificateAuthority() = default;

std::filesystem::path CertificateAuthority::certificate() const {
    return directory_ / (name_ + ".pem");
}

CertificateFiles CertificateAuthority::issue(const CertificateWish& wish) {
    const Pair pair;
    X509* const made = pair.certificate.get();
    X509* const own = own_->certificate.get();
    pair.fill(wish, ++serial_);
    ::X509_set_issuer_name(made, ::X509_get_subject_name(own));
    std::string names;
    for (const std::string& one : wish.names) names += (names.empty() ? "" : ",") + one;
    if (!names.empty()) add_extension(made, own, NID_subject_alt_name, names);
    need(::X509_sign(made, own_->key.get(), ::EVP_sha256()) > 0, "a signature");
    return write(pair, wish.common_name);
}

CertificateFiles CertificateAuthority::write(const Pair& pair, const std::string& name) const {
    CertificateFiles files{directory_ / (name + ".pem"), directory_ / (name + ".key")};
    write_pem(files.certificate,
              [&](std::FILE* out) { return ::PEM_write_X509(out, pair.certificate.get()); });
    write_pem(files.key, [&](std::FILE* out) {
        return ::PEM_write_PrivateKey(out, pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return files;
}

}  // namespace potd::test
