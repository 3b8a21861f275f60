#pragma once

#include "core/model/pot.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace potd::core {

/// Which pot has which fixed address, and which interface of the host to itself: at most one has it
/// (invariant I6 of the design), from its creation or change until it is destroyed or gives it up. Loop
/// thread only.
class AddressBook {
  public:
    using Pots = std::function<std::vector<PotPtr>()>;
    explicit AddressBook(Pots pots) : pots_(std::move(pots)) {}

    /// Conflict by the field and the name of the other pot if one of the addresses or devices is another's,
    /// or an interface that it has addresses on is another's device. `own`: the pot that is to have this
    /// network.
    [[nodiscard]] Status check(const NetworkSpec& network, const PotId& own) const;

    // What has been checked and is not yet recorded counts as well, so that two requests at once cannot both
    // have an address.
    using Hold = std::uint64_t;
    Hold hold(const Pot& pot, const NetworkSpec& network);
    void let_go(Hold hold) { held_.erase(hold); }

  private:
    struct Held {
        PotId pot;
        std::string name;
        NetworkSpec network;
    };

    Pots pots_;
    std::map<Hold, Held> held_;
    Hold next_ = 1;
};

}  // namespace potd::core
