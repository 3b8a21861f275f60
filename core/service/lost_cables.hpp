#pragma once

#include "core/model/ids.hpp"
#include "core/port/clock.hpp"
#include "core/port/journal.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <string>

namespace potd::core {

/// Interfaces of running pots that somebody took away from the host: nothing can give the run its own end of
/// the cable back, so it is told, by an event "pot.interface_lost" and in the log. Loop thread only.
class LostCables {
  public:
    struct Ports {
        Journal& journal;
        Clock& clock;
        Timers& timers;
        EventFeed& feed;
        std::function<PotPtr(const PotId&)> find;
        std::function<void(const std::string&)> complain;  ///< for the log; may be empty
    };

    explicit LostCables(Ports ports) : ports_(std::move(ports)) {}

    /// The run's interface on that bridge is gone. With the end of a run that is as it should be, and may be
    /// known before the end is; so it is said only of one that is still there a second later.
    void on_lost(const RunKey& run, const std::string& bridge);

  private:
    void tell(const RunKey& run, const std::string& bridge);

    Ports ports_;
};

}  // namespace potd::core
