#include "daemon/platform/posix/base_places.hpp"

#include <array>

namespace potd::platform {

std::span<const BasePlace> base_places() {
    static constexpr std::array<BasePlace, 8> places{{{"proc", 0555},
                                                      {"sys", 0555},
                                                      {"dev", 0755},
                                                      {"run", 0755},
                                                      {"tmp", 01777},
                                                      {"var/tmp", 01777},
                                                      {"root", 0700},
                                                      {"etc", 0755}}};
    return places;
}

}  // namespace potd::platform
