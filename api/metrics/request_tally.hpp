#pragma once

#include "api/http/request.hpp"
#include "api/http/request_log.hpp"
#include "core/base/histogram.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace potd::api {

/// Counts requests by the pattern of their route, so that there are no more series than routes; what fits
/// none is the route "other". Hands on what it is told. Loop thread.
class RequestTally final : public RequestLog {
  public:
    /// `next` outlives it; null: nobody else is told.
    explicit RequestTally(RequestLog* next) : next_(next) {}

    void answered(const RequestRecord& record) override;
    void left(const RequestRecord& record) override {
        if (next_ != nullptr) next_->left(record);
    }
    void crashed(const RequestRecord& record, std::string_view what) override;
    void not_greeted(std::string_view address, std::string_view why) override;

    struct Series {
        struct Count {
            int status = 0;
            std::uint64_t requests = 0;
        };
        std::vector<Count> counts;
        /// Seconds until the answer, or the first of a streamed one; without upgrades to a WebSocket.
        core::Histogram seconds;
    };
    using Each = std::function<void(std::string_view route, std::string_view method, const Series&)>;
    /// By route and method.
    void each(const Each& visit) const;
    /// Handlers that threw.
    [[nodiscard]] std::uint64_t crashes() const { return crashes_; }

  private:
    using Methods = std::array<std::unique_ptr<Series>, 8>;  // by Method
    RequestLog* next_;
    std::map<std::string, Methods, std::less<>> routes_;
    std::uint64_t crashes_ = 0;
};

}  // namespace potd::api
