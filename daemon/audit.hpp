#pragma once

#include "api/door/audit_trail.hpp"
#include "core/port/clock.hpp"
#include "core/port/journal.hpp"
#include "core/service/audit_log.hpp"
#include "core/service/pot_service.hpp"
#include "daemon/audit_file.hpp"
#include "daemon/config/config.hpp"
#include "daemon/logging/logger.hpp"

namespace potd {

/// What becomes a record of a request, where it goes, and its copy. Loop thread.
class Audit {
  public:
    Audit(core::Journal& journal, core::Clock& clock, const core::PotService& pots, log::Logger& log);

    /// Opens the file again, also when it is the same: it may have been rotated. What is wrong with it goes
    /// to the log.
    void set(const config::AuditConfig& config);
    /// Before a request comes: the greatest number there was, and who is told of requests besides.
    void begin(std::uint64_t last, api::RequestLog& next);
    [[nodiscard]] api::AuditTrail& trail() { return trail_; }

  private:
    log::Logger& log_;
    AuditFile file_;
    core::AuditLog records_;
    api::AuditTrail trail_;
};

}  // namespace potd
