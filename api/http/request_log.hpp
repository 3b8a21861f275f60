#pragma once

#include "api/http/request.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace potd::api {

class Exchange;

/// One answered request.
struct RequestRecord {
    std::string_view id, method, path;
    int status = 0;
    std::uint64_t bytes = 0;  ///< of the answer's body
    std::chrono::microseconds took{0};
    Peer peer;
    std::string_view route = {};  ///< pattern of what was asked; empty: of nothing there is
    std::chrono::microseconds until_answer{
        0};  ///< until its answer, or the first of a streamed one, was there
    /// Who asked, and what is recorded of it; of its request the peer alone. Null in some tests.
    const Exchange* exchange = nullptr;
};

/// Told of every request once it is answered. Loop thread.
class RequestLog {
  public:
    virtual ~RequestLog() = default;
    virtual void answered(const RequestRecord& record) = 0;
    /// The client was gone before it could be answered.
    virtual void left(const RequestRecord& /*record*/) {}
    /// A handler threw; the client got status 500.
    virtual void crashed(const RequestRecord& record, std::string_view what) = 0;
    /// Somebody at that address was not let in by TLS.
    virtual void not_greeted(std::string_view /*address*/, std::string_view /*why*/) {}
};

}  // namespace potd::api
