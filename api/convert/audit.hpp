#pragma once

#include "core/model/audit.hpp"
#include "openapi/wire/audit.hpp"

#include <string>

namespace potd::api {

[[nodiscard]] wire::AuditEntry to_wire(const core::AuditRecord& record);
/// The same as one line of JSON, with its end of line.
[[nodiscard]] std::string audit_line(const core::AuditRecord& record);

}  // namespace potd::api
