#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace potd::api {

using UnixAcceptor = boost::asio::basic_socket_acceptor<boost::asio::local::stream_protocol,
                                                        boost::asio::io_context::executor_type>;

struct UnixEndpoint {
    std::string path;
    std::uint32_t mode = 0660;
    std::string group;  ///< empty = as it comes
};

/// A listening unix socket that is there with its final rights or not at all: it is made under
/// another name and renamed when it listens. What is left of a dead daemon is replaced. Conflict if
/// somebody listens at the path or something else than a socket is there; NotFound for a missing
/// folder or group.
class UnixListener {
  public:
    explicit UnixListener(boost::asio::io_context& context);
    ~UnixListener();
    UnixListener(const UnixListener&) = delete;
    UnixListener& operator=(const UnixListener&) = delete;

    [[nodiscard]] core::Status open(const UnixEndpoint& endpoint);
    /// Stops listening and removes the file, unless another has taken its place.
    void close();
    [[nodiscard]] UnixAcceptor& acceptor() { return acceptor_; }

  private:
    core::Status bind_at(const std::string& temporary, const UnixEndpoint& endpoint);

    UnixAcceptor acceptor_;
    std::string path_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
};

}  // namespace potd::api
