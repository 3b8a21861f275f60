#pragma once

#include "core/port/clock.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace potd::core {

/// Starts the pots that are to run after a boot of the machine: first those with boot.early, and when
/// they are up or have failed, those with boot.start or the restart policy `always`. What a pot depends on
/// comes before it in any case. Each is started once in a boot.
///
/// A start that fails as the machine is short of something (a full disk, no memory), a pot that is not yet
/// through with its last run, and the record that all is done are tried again later, ever less often, for as
/// long as it takes; a pot that somebody started or destroyed meanwhile is left alone. Loop thread only.
class BootStarter {
  public:
    struct Ports {
        Journal& journal;
        Supervisor& supervisor;
        Clock& clock;
        Timers& timers;
        std::function<std::vector<PotPtr>()> pots;
        std::function<void(const std::string&)> complain;
        std::string boot_id;      ///< of the machine now
        std::size_t at_once = 8;  ///< starts under way at the same time
    };

    explicit BootStarter(Ports ports) : ports_(std::move(ports)) {}
    ~BootStarter();
    BootStarter(const BootStarter&) = delete;
    BootStarter& operator=(const BootStarter&) = delete;

    /// Once, after PotService::recover. `seen` is StoredState::boot_id: if it is the present one nothing is
    /// left to do. Cut by a crash it is done again, for the pots whose command did not run in this boot.
    void begin(const std::string& seen);

  private:
    struct Due {
        PotId id;
        std::uint32_t last_run = 0;  ///< the pot's newest when it was last looked at
    };

    [[nodiscard]] bool is_due(const Pot& pot) const;
    [[nodiscard]] bool is_still_due(const Due& due) const;
    void next_wave();
    void fill();
    void ask(const Due& due);
    void ended(const Due& due, const Status& status);
    void rest();
    void again();
    void record();

    Ports ports_;
    std::deque<std::deque<Due>> waves_;
    std::deque<Due> queue_;
    std::deque<Due> later_;
    std::size_t under_way_ = 0;
    milliseconds delay_{0};  ///< before the last try; 0 before the first
    Timers::Id timer_ = 0;
};

}  // namespace potd::core
