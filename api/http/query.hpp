#pragma once

#include "api/http/problem.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::api {

/// The parameters of a query string, decoded. Errors are InvalidArgument with the parameter as field.
class Query {
  public:
    /// Reads them into `query`, or says what is wrong: a bad escape (400, "malformed", field "query"), what
    /// is not in `allowed` (422, "unknown_parameter"), what comes twice or has a NUL (422,
    /// "invalid_argument").
    [[nodiscard]] static std::optional<Problem> parse(std::string_view text,
                                                      const std::vector<std::string>& allowed, Query& query);

    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;
    /// "true", "1" or no value at all are true; "false", "0" are false.
    [[nodiscard]] core::Result<bool> flag(std::string_view name) const;
    [[nodiscard]] core::Result<std::optional<std::uint64_t>> number(std::string_view name,
                                                                    std::uint64_t lowest,
                                                                    std::uint64_t highest) const;
    /// RFC 3339; the '+' of an offset may come in unencoded, which is a blank.
    [[nodiscard]] core::Result<std::optional<core::WallTime>> time(std::string_view name) const;
    /// "10s", as parse_duration.
    [[nodiscard]] core::Result<std::optional<core::milliseconds>> duration(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> items_;
};

}  // namespace potd::api
