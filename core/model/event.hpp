#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace potd::core {

/// One line of the append-only history. Numbers are given by the store inside the transaction that
/// records the change, start at 1 and have no gaps (invariant I8); old ones are deleted from the first on.
struct Event {
    std::uint64_t number = 0;
    WallTime time;
    std::string type;    ///< "pot.created", "pot.started", "pot.exited", "base.installed" …
    std::string pot_id;  ///< empty if it concerns no pot
    std::string pot;     ///< the pot's name at that time
    std::uint32_t run = 0;
    std::map<std::string, std::string> details;
    friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace potd::core
