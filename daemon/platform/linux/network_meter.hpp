#pragma once

#include "core/port/meter.hpp"
#include "core/port/runtime.hpp"
#include "daemon/platform/linux/connection_counter.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

/// What went over a run's own interfaces. It is read in the run's network namespace by way of its first
/// process, where every type of network is seen alike; neither that nor what is read takes the kernel's lock
/// of interfaces, which the end of some other pot's can hold for long. Loop thread.
class NetworkMeter {
  public:
    struct Sources {
        std::function<core::Result<core::ProcessIdentity>(const core::RunKey&)> first_process;
        /// On bridges; of a run on none there are none.
        std::function<std::vector<core::IpAddress>(const core::RunKey&)> addresses;
    };
    explicit NetworkMeter(Sources sources) : sources_(std::move(sources)) {}

    /// Unset for a run on the host's network, and for one that is over.
    [[nodiscard]] std::optional<core::NetworkFigures> figures(const core::RunKey& key);

  private:
    Sources sources_;
    std::string own_;  ///< as the link in /proc names it; potd never leaves it
    ConnectionCounter connections_;
};

}  // namespace potd::platform
