#include "core/model/base.hpp"

namespace potd::core {

std::string base_pot_name(std::string_view base) {
    std::string name = "base-" + std::string(base);
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) name[dot] = '_';
    return name;
}

}  // namespace potd::core
