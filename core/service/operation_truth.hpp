#pragma once

#include "core/base/result.hpp"
#include "core/model/operation.hpp"
#include "core/model/pot.hpp"

#include <optional>

namespace potd::core {

/// How an operation that an earlier potd left unfinished has ended, by what became of its pot: ok is Done,
/// Cancelled and any other error as they say, nothing while it still goes on. `pot` is null if there is none
/// any more; `done` is a run that is over just now, null if none is.
[[nodiscard]] std::optional<Status> truth_of(const Operation& operation, const Pot* pot, const Run* done);

/// Takes effect in one step: what is stored of it says that it is done, or it has not happened.
[[nodiscard]] bool is_one_step(OperationKind kind) noexcept;

/// Acts past the store: whether it took effect before a crash is not known, so it is recorded before it
/// begins, for those who must not do it twice.
[[nodiscard]] bool is_recorded_first(OperationKind kind) noexcept;

/// Whether a client waits for it so long that it is listed and can be looked at even without a key.
[[nodiscard]] bool is_long(OperationKind kind) noexcept;

/// What it does just now, for people; empty if there is nothing to tell.
[[nodiscard]] std::string stage_text(const Operation& operation, const Pot& pot);

}  // namespace potd::core
