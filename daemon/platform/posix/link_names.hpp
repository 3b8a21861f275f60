#pragma once

#include "core/model/ids.hpp"

#include <string>
#include <string_view>

namespace potd::platform {

// What the interfaces that potd makes on the host are called; at most 15 characters.

/// What is noted on the interface of a bridge: "potd INSTANCE bridge NAME".
[[nodiscard]] std::string bridge_note(std::string_view instance, std::string_view bridge);
/// "pb-NAME" of the instance potd where that fits, else "pb" and ten digits made of both names.
[[nodiscard]] std::string bridge_link(std::string_view instance, std::string_view bridge);
/// The host's end of a run's cable to a bridge: "pv" and ten digits made of all three names.
[[nodiscard]] std::string cable_link(std::string_view instance, const core::RunKey& run,
                                     std::string_view bridge);

/// Ten letters and digits made of a text.
[[nodiscard]] std::string ten_digits(std::string_view text);

}  // namespace potd::platform
