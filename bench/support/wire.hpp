#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace potd::bench {

/// A blocking connection. Both throw std::runtime_error when it is lost.
class Wire {
  public:
    virtual ~Wire() = default;
    virtual void send(std::string_view bytes) = 0;
    /// At least one byte; the count.
    [[nodiscard]] virtual std::size_t receive(char* into, std::size_t size) = 0;
};

/// Makes a new one each time.
using Dial = std::function<std::unique_ptr<Wire>()>;

[[nodiscard]] Dial unix_socket(std::string path);
/// At a port of 127.0.0.1.
[[nodiscard]] Dial local_port(std::uint16_t port);
/// The same with TLS.
[[nodiscard]] Dial secured_port(std::uint16_t port, const std::filesystem::path& authority);

}  // namespace potd::bench
