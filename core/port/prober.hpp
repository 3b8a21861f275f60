#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"

#include <string>

namespace potd::core {

/// One look at a pot's health from outside: the kinds Tcp and Http.
struct ProbeRequest {
    RunKey key;
    HealthSpec check;
    NetworkSpec network;
    ProcessIdentity init;  ///< of the run; its network is the pot's
};

/// Looks from within a pot's network, at its loopback address. Loop thread.
class Prober {
  public:
    virtual ~Prober() = default;
    /// Replies within the check's timeout: what was seen ("HTTP 200"), or why it is no good.
    virtual void probe(const ProbeRequest& request, Reply<std::string> reply) = 0;
};

}  // namespace potd::core
