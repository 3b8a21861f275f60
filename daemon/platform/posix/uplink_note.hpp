#pragma once

#include "core/base/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

/// What is noted of the uplink of a bridge beside the bridge's name, so that the host gets it back as it was.
struct UplinkNote {
    std::string interface;
    bool was_up = false;
    friend bool operator==(const UplinkNote&, const UplinkNote&) = default;
};

/// "NAME uplink eth1 up": what stands in an alias behind the beginning that all have; without an uplink
/// "NAME".
[[nodiscard]] std::string note_of(std::string_view bridge, const std::optional<UplinkNote>& uplink);
struct BridgeNote {
    std::string bridge;
    std::optional<UplinkNote> uplink{};
};
[[nodiscard]] BridgeNote read_note(std::string_view text);

/// An error about the field `uplink`.
[[nodiscard]] core::Error uplink_conflict(const std::string& what);

}  // namespace potd::platform
