#pragma once

#include "api/http/request_log.hpp"
#include "daemon/logging/logger.hpp"

namespace potd {

/// One line a request: at debug level for what only reads, info for what changes, error for a crash; at debug
/// level for who does not get that far, so that nobody fills the log from outside.
class RequestLog final : public api::RequestLog {
  public:
    explicit RequestLog(log::Logger& log) : log_(log) {}
    void answered(const api::RequestRecord& record) override;
    void crashed(const api::RequestRecord& record, std::string_view what) override;
    void not_greeted(std::string_view address, std::string_view why) override;

  private:
    log::Logger& log_;
};

}  // namespace potd
