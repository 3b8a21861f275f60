#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

namespace potd::api {

/// A connected stream of any family; bound to io_context itself, because a type-erased executor
/// would cost an allocation here and there.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                boost::asio::io_context::executor_type>;

}  // namespace potd::api
