#pragma once

#include "core/model/pot_spec.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"

#include <string>
#include <vector>

namespace potd::api {

/// What a pot depends on that is out of somebody's reach, or not there: he is not shown it, and so does not
/// say it when he changes the pot. It stays.
class HiddenNeeds {
  public:
    /// Takes them out of the spec.
    HiddenNeeds(const core::Principal& who, const core::PotService& pots, core::PotSpec& spec);
    [[nodiscard]] bool empty() const { return hidden_.empty(); }
    /// Puts them back: in their places if the others are as they were, else behind those.
    void put_back(core::PotSpec& spec) const;

  private:
    std::vector<std::string> all_, seen_, hidden_;
};

}  // namespace potd::api
