#include "api/convert/audit.hpp"

#include "openapi/wire/codec.hpp"

#include <optional>

namespace potd::api {
namespace {

std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

wire::AuditEntry to_wire(const core::AuditRecord& record) {
    const core::AuditEntry& entry = record.entry;
    const core::AuditEnd& end = record.end;
    wire::AuditEntry out;
    out.number = entry.number;
    out.time = core::format_time(entry.time);
    out.actor = entry.actor;
    out.role = if_any(entry.role);
    out.peer = entry.peer;
    out.method = entry.method;
    out.route = entry.route;
    out.path = entry.path;
    out.pot = if_any(entry.pot);
    out.pot_id = if_any(entry.pot_id);
    out.request_id = entry.request;
    out.outcome = core::to_string(end.outcome);
    if (end.status != 0) out.status = end.status;
    if (end.outcome != core::AuditOutcome::Unknown) out.ended_at = core::format_time(end.time);
    out.operation = if_any(end.operation);
    out.created = if_any(end.created);
    out.fields = end.fields;
    return out;
}

std::string audit_line(const core::AuditRecord& record) {
    return wire::encode(to_wire(record)) + '\n';
}

}  // namespace potd::api
