#include "daemon/secrets.hpp"

#include <string>
#include <utility>

namespace potd {

Secrets::Secrets(const std::filesystem::path& state_dir, log::Logger& log)
    : key_(state_dir / "secrets.key"),
      service_({key_, [&log](const std::string& text) { log.error(text); }}) {}

void Secrets::follow(core::PotService& pots) {
    pots.add_gone([this](const core::PotId& id) { service_.drop(id); });
}

core::Result<core::PotSpec> Secrets::launched(core::Result<core::PotSpec> resolved,
                                              const core::PotService& pots) {
    const core::PotPtr pot = resolved ? pots.find(resolved->name) : nullptr;
    return pot ? service_.opened(pot->id, *std::move(resolved)) : resolved;
}

}  // namespace potd
