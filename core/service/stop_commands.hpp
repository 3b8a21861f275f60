#pragma once

#include "core/service/exec_probe.hpp"
#include "core/service/supervisor.hpp"

#include <memory>
#include <unordered_map>

namespace potd::core {

/// The stop commands (PotSpec::stop) under way, one a pot at the most. Loop thread only.
class StopCommands {
  public:
    StopCommands(Supervisor& supervisor, ExecProbe::Ports ports);

  private:
    void run(const RunKey& key, const std::vector<std::string>& command, milliseconds timeout);

    Supervisor& supervisor_;
    ExecProbe::Ports ports_;
    std::unordered_map<PotId, std::shared_ptr<ExecProbe>> under_way_;
};

}  // namespace potd::core
