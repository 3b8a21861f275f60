#pragma once

#include "core/port/journal.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace potd::core {

/// What an operation stores in the very transaction that makes its request take effect, so that after a
/// crash both are there or neither.
struct Along {
    /// Appends to the transaction; may be called again when a later one of the same request is recorded.
    /// `next` is the pot as it then is; null when it goes, or where none is concerned.
    std::function<void(std::vector<Change>& changes, const Pot* next)> board;
    /// That transaction was not recorded.
    std::function<void()> lost;
    /// The id of the pot, if it is made in that transaction: what is stored may be bound to it. Unset: any.
    std::optional<PotId> new_pot = {};

    explicit operator bool() const { return static_cast<bool>(board); }
};

}  // namespace potd::core
