#pragma once

#include "api/http/server.hpp"
#include "core/base/result.hpp"
#include "daemon/config/config.hpp"
#include "daemon/logging/logger.hpp"

namespace potd {

/// Opens every door of the API that the configuration wants: the socket, and perhaps ports with and without
/// TLS. The error names the key.
[[nodiscard]] core::Status open_doors(api::Server& server, const config::ApiConfig& config, log::Logger& log);

/// Reads certificate, key and authority again, for connections from now on. What is not good is told to the
/// log, and those so far stay.
void renew_certificates(api::Server& server, const config::ApiConfig& config, log::Logger& log);

/// Whether the files that TLS needs are good, if it is wanted.
[[nodiscard]] core::Status check_certificates(const config::ApiConfig& config);

}  // namespace potd
