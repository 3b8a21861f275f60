#pragma once

#include "core/base/result.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// One control file of a live group that is to say something else.
struct LimitStep {
    std::string directory, file;
    std::string value;   ///< to write
    std::string before;  ///< to write to take it back
    std::string field;   ///< of the spec, for errors
};

/// Writes them in order; after the first that fails, what was written is taken back, the last first. Memory
/// is lowered only as far as the kernel can take pages back: on v2, where writing memory.max ends processes
/// if it cannot, it is tried by memory.high before. Conflict, with field and use, if it cannot. Blocking.
[[nodiscard]] core::Status carry_out(const std::vector<LimitStep>& steps);

/// Both as numbers, with "max" and -1 for none, if they are numbers; else as text without blanks around.
[[nodiscard]] bool same_limit(const std::string& left, const std::string& right);
/// True if `value` limits less than `before` does.
[[nodiscard]] bool is_raise(const std::string& before, const std::string& value);

}  // namespace potd::platform
