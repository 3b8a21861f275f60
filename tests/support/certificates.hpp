#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace potd::test {

/// A certificate with its key, as files in PEM.
struct CertificateFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;  ///< of mode 0600
};

/// What a certificate is to say. Days are from now.
struct CertificateWish {
    std::string common_name;
    std::vector<std::string> names = {};  ///< as OpenSSL writes them: "DNS:potd.example", "IP:127.0.0.1"
    int from_day = -1;
    int until_day = 30;
};

/// An authority of the test's own, which signs certificates of elliptic curves. Throws std::runtime_error.
class CertificateAuthority {
  public:
    /// Its files and those it makes are put into `directory`, named after it and their common names.
    CertificateAuthority(std::filesystem::path directory, const std::string& name);
    ~CertificateAuthority();
    CertificateAuthority(const CertificateAuthority&) = delete;
    CertificateAuthority& operator=(const CertificateAuthority&) = delete;

    /// What those who trust it need.
    [[nodiscard]] std::filesystem::path certificate() const;
    [[nodiscard]] CertificateFiles issue(const CertificateWish& wish);

  private:
    struct Pair;
    [[nodiscard]] CertificateFiles write(const Pair& pair, const std::string& name) const;

    std::filesystem::path directory_;
    std::string name_;
    std::unique_ptr<Pair> own_;
    long serial_ = 1;
};

}  // namespace potd::test
