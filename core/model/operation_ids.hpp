#pragma once

#include "core/base/time.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace potd::core {

/// Makes the ids of operations: 26 digits of Crockford's base 32, first the time in milliseconds, then 80
/// bits of chance (a ULID). Each is greater than the one before, also within a millisecond and when the
/// clock is set back.
class OperationIds {
  public:
    /// `random` gives any 64 bits.
    explicit OperationIds(std::function<std::uint64_t()> random) : random_(std::move(random)) {}

    [[nodiscard]] std::string next(WallTime now);
    /// Ids to come are greater than this one, which an earlier potd gave.
    void after(std::string_view id);

  private:
    std::function<std::uint64_t()> random_;
    std::string last_;
};

/// Whether it looks like one.
[[nodiscard]] bool is_operation_id(std::string_view text) noexcept;

}  // namespace potd::core
