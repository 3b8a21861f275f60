#pragma once

#include "api/door/door.hpp"
#include "api/http/server.hpp"
#include "core/model/bridge.hpp"
#include "core/model/id_ranges.hpp"
#include "core/model/pot_spec.hpp"
#include "core/service/figure_sampler.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pressure_watch.hpp"
#include "daemon/config/config.hpp"
#include "daemon/logging/logger.hpp"
#include "daemon/platform/machine.hpp"
#include "storage/sqlite/sqlite_journal.hpp"

#include <string>
#include <vector>

namespace potd {

// The configuration as the parts of the daemon want it. `log` outlives what is made with it.

[[nodiscard]] platform::MachineOptions machine_options(const config::Config& config, log::Logger& log);
[[nodiscard]] api::Limits limits_of(const config::ApiConfig& config);
/// With the names looked up; those that the system does not know are told to the log and left out.
[[nodiscard]] api::AccessRules access_rules(const config::Config& config, log::Logger& log);
[[nodiscard]] core::IdRanges id_ranges(const config::UserNamespaceConfig& config);
[[nodiscard]] core::BridgePools bridge_pools(const config::Config& config);
[[nodiscard]] core::OperationLimits operation_limits(const config::OperationsConfig& config);
[[nodiscard]] core::PressureWatch::Options pressure_options(const config::Config& config);
[[nodiscard]] core::FigureSampler::Options figure_options(const config::Config& config);
[[nodiscard]] core::PotSpec defaults_of(const config::DefaultsConfig& config);
[[nodiscard]] storage::JournalOptions journal_options(const config::Config& config, log::Logger& log);
[[nodiscard]] std::vector<std::string> flavour_directories(const config::FlavoursConfig& config);
/// The configured group; none, with a word in the log, while the default one has not been made.
[[nodiscard]] std::string socket_group(const config::ApiConfig& config, log::Logger& log);

}  // namespace potd
