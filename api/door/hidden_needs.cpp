#include "api/door/hidden_needs.hpp"

#include "api/door/scope.hpp"

namespace potd::api {

HiddenNeeds::HiddenNeeds(const core::Principal& who, const core::PotService& pots, core::PotSpec& spec)
    : all_(spec.depends_on) {
    for (const std::string& name : all_) (sees_pot(who, pots, name) ? seen_ : hidden_).push_back(name);
    spec.depends_on = seen_;
}

void HiddenNeeds::put_back(core::PotSpec& spec) const {
    if (spec.depends_on == seen_)
        spec.depends_on = all_;
    else
        spec.depends_on.insert(spec.depends_on.end(), hidden_.begin(), hidden_.end());
}

}  // namespace potd::api
