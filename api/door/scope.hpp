#pragma once

#include "core/model/event.hpp"
#include "core/model/operation.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"

#include <set>
#include <string>
#include <string_view>

namespace potd::api {

/// Whether a pot that is there, by its name or id, is within somebody's reach.
[[nodiscard]] bool sees_pot(const core::Principal& who, const core::PotService& pots, std::string_view pot);

/// The same of one by its id alone.
[[nodiscard]] bool sees_pot_id(const core::Principal& who, const core::PotService& pots, std::string_view id);

/// Whether somebody may know of an operation: all, or those on pots within reach and those he asked for.
[[nodiscard]] bool sees(const core::Principal& who, const core::PotService& pots,
                        const core::Operation& operation);

/// Which events one client is told of: all but those of tokens, which are for admins, or those of pots within
/// reach. Remembers the pots it has seen, because of a pot that is gone nothing says whose it was.
class EventScope {
  public:
    EventScope(core::PrincipalPtr who, const core::PotService& pots);
    [[nodiscard]] bool sees(const core::Event& event);
    /// Whether all that is seen is told as it is.
    [[nodiscard]] bool tells_all() const;
    /// One that is seen, without what it says of other pots and what he may not read.
    [[nodiscard]] core::Event shown(core::Event told) const;

  private:
    core::PrincipalPtr who_;
    const core::PotService& pots_;
    std::set<std::string, std::less<>> seen_;  ///< ids
};

}  // namespace potd::api
