#pragma once

#include "core/base/result.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// The read-only layers between a pot's upper one and its base, topmost first: names below <state>/layers.
/// Kept as the text of a symlink, which is made and replaced in one step and needs no fsync of its own.
using OverlayStack = std::vector<std::string>;

/// Layers a pot may have; with them the options of its mount still fit into a page (mount(2)).
inline constexpr std::size_t most_layers = 64;

/// The stack that the link `name` in `directory` holds; an empty one if there is none.
[[nodiscard]] core::Result<OverlayStack> read_stack(int directory, const std::string& name);
/// Makes the link; Conflict if the name is taken.
[[nodiscard]] core::Status write_stack(int directory, const std::string& name, const OverlayStack& stack);

// A pot's directory holds upper/ and, if it has layers, the link lower. Both are exchanged together:
//
//   prepare   upper.next is made, then the link lower.next
//   (caller)  moves upper away: from here on the new ones count
//   settle    upper.next and lower.next get their names
//
// so that what is there after a crash says how far it was.

/// Makes the next upper layer, empty and with the attributes of the directory `like`, and the next stack.
[[nodiscard]] core::Status prepare_stack(int pot, int like, const OverlayStack& next);
/// Ends an exchange: forward if `upper` has been moved away, else back. Without effect if none is under way.
[[nodiscard]] core::Status settle_stack(int pot);

/// Adds the layers a pot needs, also those of an exchange under way.
[[nodiscard]] core::Status add_layers_of(int pot, std::set<std::string>& used);

}  // namespace potd::platform
