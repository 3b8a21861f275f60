#pragma once

#include "api/http/request_log.hpp"
#include "api/http/router.hpp"
#include "core/model/principal.hpp"
#include "core/service/audit_log.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// Has every request recorded that may change something, from when it was let in, and every one that was
/// refused; those that read if that is wanted. Hands on what it is told. Loop thread.
class AuditTrail final : public RequestLog {
  public:
    AuditTrail(core::AuditLog& log, const core::PotService& pots) : log_(log), pots_(pots) {}
    /// Who is told, too; outlives it.
    void set_next(RequestLog& next) { next_ = &next; }

    void set_reads(bool recorded) { reads_ = recorded; }

    /// A request that was let in, before its handler is called.
    void begin(Exchange& exchange, const Route& route, const core::Principal& who);

    void answered(const RequestRecord& record) override;
    void left(const RequestRecord& record) override;
    void crashed(const RequestRecord& record, std::string_view what) override;
    void not_greeted(std::string_view address, std::string_view why) override;

  private:
    void ended(const RequestRecord& record);
    void fill(core::AuditEntry& entry, const Exchange& exchange) const;
    void place(core::AuditEntry& entry, std::string_view route, std::string_view path) const;

    core::AuditLog& log_;
    const core::PotService& pots_;
    RequestLog* next_ = nullptr;
    bool reads_ = false;
};

}  // namespace potd::api
