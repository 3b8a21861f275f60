#pragma once

#include "core/base/result.hpp"
#include "core/model/name_spec.hpp"
#include "openapi/wire/pot_spec.hpp"

#include <vector>

namespace potd::api {

/// `dns` and `hosts` of a spec. Errors name the field ("dns.servers[1]").
[[nodiscard]] core::Result<core::DnsSpec> to_core(const wire::DnsSpec& dns);
[[nodiscard]] core::Result<std::vector<core::HostEntry>> to_core(const std::vector<wire::HostEntry>& hosts);

[[nodiscard]] wire::DnsSpec to_wire(const core::DnsSpec& dns);
[[nodiscard]] std::vector<wire::HostEntry> to_wire(const std::vector<core::HostEntry>& hosts);

}  // namespace potd::api
