#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <regex.h>

namespace potd::api {

/// Which of a run's processes somebody means: one by its pid on the host, or all whose names match a pattern,
/// as pkill(1) chooses. Without either, all.
class ProcessFilter {
  public:
    static constexpr std::size_t longest_pattern = 128;  ///< bytes

    ProcessFilter() = default;
    /// InvalidArgument with the field "pid" or "pattern": both are given, the pid is not positive, the
    /// pattern is no POSIX extended regular expression.
    [[nodiscard]] static core::Result<ProcessFilter> make(std::optional<std::int64_t> pid,
                                                          const std::optional<std::string>& pattern);

    [[nodiscard]] bool takes(std::int32_t pid, std::string_view name) const;
    /// True if it takes all.
    [[nodiscard]] bool open() const { return !pid_ && !pattern_; }
    /// By what it takes: "pid" or "pattern"; empty if all.
    [[nodiscard]] std::string_view field() const { return pid_ ? "pid" : pattern_ ? "pattern" : ""; }
    /// "pid 12" or "name that matches a.*b".
    [[nodiscard]] std::string describe() const;

  private:
    std::optional<std::int64_t> pid_;
    std::shared_ptr<const regex_t> pattern_;  ///< matched by the C library: its time is bounded
    std::string text_;                        ///< of the pattern
};

}  // namespace potd::api
