#pragma once

#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct Flavour {
    std::string name, directory;
    bool has_commands = false;
    bool has_script = false;
    friend bool operator==(const Flavour&, const Flavour&) = default;
};

struct FlavourList {
    std::vector<Flavour> items;
    std::optional<std::string> next;
    friend bool operator==(const FlavourList&, const FlavourList&) = default;
};

}  // namespace potd::wire
