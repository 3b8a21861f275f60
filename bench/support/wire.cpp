#include "bench/support/wire.hpp"

#include "bench/support/connect.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <sys/socket.h>

namespace potd::bench {
namespace {

class PlainWire : public Wire {
  public:
    explicit PlainWire(platform::UniqueFd socket) : socket_(std::move(socket)) {}
    void send(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0) throw std::system_error(errno, std::generic_category(), "send");
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
    }
    std::size_t receive(char* into, std::size_t size) override {
        const ssize_t got = ::recv(socket_.get(), into, size, 0);
        if (got <= 0) throw std::runtime_error("the connection was lost");
        return static_cast<std::size_t>(got);
    }

  private:
    platform::UniqueFd socket_;
};

}  // namespace

Dial unix_socket(std::string path) {
    return [path = std::move(path)] { return std::make_unique<PlainWire>(connect_to(path)); };
}

Dial local_port(std::uint16_t port) {
    return [port] { return std::make_unique<PlainWire>(connect_to_port(port)); };
}

}  // namespace potd::bench
