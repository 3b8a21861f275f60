#include "daemon/platform/posix/base_places.hpp"

#include <array>

namespace potd::platform {

std::span<const BasePlace> base_places() {
    static constexpr std::array<BasePlace, 7> places{{{"dev", 0555},
                                                      {"proc", 0555},
                                                      {"tmp", 01777},
                                                      {"var/run", 0755},
                                                      {"var/tmp", 01777},
                                                      {"root", 0750},
                                                      {"etc", 0755}}};
    return places;
}

}  // namespace potd::platform
