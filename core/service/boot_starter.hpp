#pragma once

#include "core/service/supervisor.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace potd::core {

/// Starts the pots that are to run after a boot of the machine: first those with boot.early, and when
/// they are up or have failed, those with boot.start or the restart policy `always`. What a pot depends on
/// comes before it in any case. Loop thread only.
class BootStarter {
  public:
    struct Ports {
        Journal& journal;
        Supervisor& supervisor;
        std::function<std::vector<PotPtr>()> pots;
        std::function<void(const std::string&)> complain;
        std::string boot_id;      ///< of the machine now
        std::size_t at_once = 8;  ///< starts under way at the same time
    };

    explicit BootStarter(Ports ports) : ports_(std::move(ports)) {}

    /// Once, after PotService::recover. `seen` is StoredState::boot_id: if it is the present one nothing is
    /// left to do. Cut by a crash it is done again; pots that had a run in this boot are left alone then.
    void begin(const std::string& seen);

  private:
    void next_wave();
    void fill();
    void ended(const std::string& name, const Status& status);

    Ports ports_;
    std::deque<std::vector<PotPtr>> waves_;
    std::deque<PotPtr> queue_;
    std::size_t under_way_ = 0;
};

}  // namespace potd::core
