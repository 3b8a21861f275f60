#include "core/model/flavour.hpp"

#include "core/model/names.hpp"

#include <utility>

namespace potd::core {

Status check_flavour_name(std::string_view flavour, std::string_view field) {
    constexpr std::size_t longest = 1024;
    if (!flavour.starts_with('/')) {
        if (check_name(flavour)) return {};
    } else if (flavour.size() <= longest && is_text(flavour) && !flavour.ends_with('/')) {
        const std::string_view last = flavour.substr(flavour.rfind('/') + 1);
        if (check_name(last)) return {};
    }
    return invalid_field(field, flavour.substr(0, longest),
                         "the name of a flavour, or an absolute path that ends in one");
}

PotSpec workshop_of(PotSpec spec) {
    const PotSpec plain;
    spec.command.clear();
    spec.persistent = true;
    spec.user.clear();
    spec.workdir = plain.workdir;
    spec.terminal = spec.open_stdin = false;
    spec.stop.command.clear();
    spec.hooks = {};
    spec.restart = {};
    spec.health = {};
    spec.boot = {};
    spec.remove_on_exit = false;
    spec.security.read_only_root = false;
    return spec;
}

}  // namespace potd::core
