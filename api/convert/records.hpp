#pragma once

#include "core/model/base.hpp"
#include "core/model/event.hpp"
#include "core/model/pot.hpp"
#include "core/port/logs.hpp"
#include "core/port/meter.hpp"
#include "core/port/process_lister.hpp"
#include "core/service/base_service.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/base.hpp"
#include "openapi/wire/event.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/stats.hpp"

#include <string_view>

namespace potd::api {

// What core knows, as the wire shows it.

/// `advertised`: what the pot has by SLAAC at the moment.
[[nodiscard]] wire::Pot to_wire(const core::Pot& pot, const core::PotService::LimitsNow& limits = {},
                                const core::BridgeService::Advertised& advertised = {});
[[nodiscard]] wire::Run to_wire(const core::Run& run);
[[nodiscard]] wire::HealthCheck to_wire(const core::HealthCheck& check);
[[nodiscard]] wire::Base to_wire(const core::Base& base, const core::BaseService& bases);
[[nodiscard]] wire::Event to_wire(const core::Event& event);
[[nodiscard]] wire::LogLine to_wire(const core::LogLine& line);
[[nodiscard]] wire::Process to_wire(const core::ProcessRow& row);
/// `time` and `cpu.percent` are the caller's.
[[nodiscard]] wire::Stats to_wire(const core::RunFigures& figures);

[[nodiscard]] std::string_view to_string(core::Stream stream) noexcept;
[[nodiscard]] core::WallTime wall_time(std::int64_t ns) noexcept;

}  // namespace potd::api
