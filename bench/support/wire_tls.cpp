#include "bench/support/connect.hpp"
#include "bench/support/wire.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/ssl.h>

namespace potd::bench {
namespace {

struct FreeTls {
    void operator()(SSL* ssl) const { ::SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using ContextPtr = std::shared_ptr<SSL_CTX>;

class TlsWire : public Wire {
  public:
    TlsWire(platform::UniqueFd socket, ContextPtr context)
        : socket_(std::move(socket)), context_(std::move(context)), ssl_(::SSL_new(context_.get())) {
        if (::SSL_set_fd(ssl_.get(), socket_.get()) != 1 || ::SSL_connect(ssl_.get()) != 1)
            throw std::runtime_error("no TLS");
    }
    void send(std::string_view bytes) override {
        if (::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
            throw std::runtime_error("the connection was lost");
    }
    std::size_t receive(char* into, std::size_t size) override {
        const int got = ::SSL_read(ssl_.get(), into, static_cast<int>(size));
        if (got <= 0) throw std::runtime_error("the connection was lost");
        return static_cast<std::size_t>(got);
    }

  private:
    platform::UniqueFd socket_;
    ContextPtr context_;
    std::unique_ptr<SSL, FreeTls> ssl_;
};

}  // namespace

Dial secured_port(std::uint16_t port, const std::filesystem::path& authority) {
    const ContextPtr context(::SSL_CTX_new(::TLS_client_method()), FreeTls());
    ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (::SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr) != 1)
        throw std::runtime_error("no authority is in " + authority.string());
    return [port, context] { return std::make_unique<TlsWire>(connect_to_port(port), context); };
}

}  // namespace potd::bench
