#pragma once

#include "tests/sim/choice.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace potd::sim {

/// Plays a history from an empty machine to its rest; the first breach of an invariant, if there is one.
/// `listener`, if given, hears the whole story.
[[nodiscard]] std::optional<std::string> play(const Choices& choices,
                                              const std::function<void(const std::string&)>& listener = {});

/// A shorter history that still breaks an invariant: steps are taken out as long as it does, within a bound
/// on how often that is tried.
[[nodiscard]] Choices shrink(Choices choices);

struct Found {
    std::uint64_t seed = 0;
    std::string breach;
};

/// What one thread does: the histories of `first`, `first + stride` … below `end`, until one fails or
/// `stop` says so. Counts those played into `played`.
struct Range {
    std::uint64_t first = 1;
    std::uint64_t end = 1;  ///< exclusive
    std::uint64_t stride = 1;
    std::size_t steps = 200;
};
[[nodiscard]] std::optional<Found> search(const Range& range, const std::function<bool()>& stop,
                                          std::uint64_t& played);

}  // namespace potd::sim
