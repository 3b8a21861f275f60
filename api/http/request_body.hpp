#pragma once

#include "api/http/body_source.hpp"

#include <cstdint>
#include <memory>

namespace potd::api {

/// Where the pieces of a streamed body come from: the connection.
class BodyGiver {
  public:
    virtual ~BodyGiver() = default;
    /// `ready` null: nobody wants the piece any more that was asked for.
    virtual void ask(std::uint64_t request, BodySource::Ready ready) = 0;
};

/// The body of a request whose route takes it as a stream, pulled by the handler. Besides what was asked
/// for, no more than a buffer of it is read from the client. Loop thread.
class RequestBody final : public BodySource {
  public:
    RequestBody(std::weak_ptr<BodyGiver> giver, std::uint64_t request)
        : giver_(std::move(giver)), request_(request) {}
    ~RequestBody() override;
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;

    /// The error is one to answer with: field "body"; Timeout for a client that stalls, InvalidArgument for
    /// what is not whole or not HTTP. Cancelled: the client is gone, or the request was answered meanwhile.
    void next(Ready ready) override;

  private:
    std::weak_ptr<BodyGiver> giver_;
    std::uint64_t request_;
};

}  // namespace potd::api
