#pragma once

#include "api/door/secret_key.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/secret_service.hpp"
#include "daemon/logging/logger.hpp"

#include <filesystem>

namespace potd {

/// The secrets of pots, with their key in the state directory. Loop thread.
class Secrets {
  public:
    Secrets(const std::filesystem::path& state_dir, log::Logger& log);

    /// Forgets those of pots that go.
    void follow(core::PotService& pots);
    /// The spec of one of these pots as it is launched.
    [[nodiscard]] core::Result<core::PotSpec> launched(core::Result<core::PotSpec> resolved,
                                                       const core::PotService& pots);
    [[nodiscard]] core::SecretService& service() { return service_; }

  private:
    api::SecretKey key_;
    core::SecretService service_;
};

}  // namespace potd
