#pragma once

#include "core/model/principal.hpp"

#include <cstdint>

namespace potd::api {

/// How far a route reaches, for those who have a label selector.
enum class Reach : std::uint8_t {
    Pot,     ///< one pot, the path's first parameter: nothing is there for whom it is out of reach
    Shown,   ///< what the handler lets them see or make, which asks Exchange::principal
    Common,  ///< the same to everybody
    Rest,    ///< what is not a pot's: not for them
};

/// Whom a route serves. A route cannot be made without saying it.
struct Access {
    constexpr Access(core::Role least_role, Reach its_reach) : least(least_role), reach(its_reach) {}
    core::Role least;
    Reach reach;
};

}  // namespace potd::api
