#pragma once

#include "core/base/error.hpp"
#include "openapi/wire/system.hpp"

#include <string>
#include <string_view>

namespace potd::api {

/// What an error answer says (application/problem+json).
struct Problem {
    int status = 500;
    std::string code;            ///< the word to act on, "not_found"
    std::string detail;          ///< one sentence
    std::string field;           ///< empty if none applies
    std::string pot;             ///< empty if none applies
    std::string operation = {};  ///< empty if none applies
};

/// The one place that says which status an error has.
[[nodiscard]] int status_of(const core::Error& error) noexcept;

/// InvalidArgument for this field; `message` is the whole sentence.
[[nodiscard]] core::Error bad_field(std::string_view field, std::string message);

[[nodiscard]] Problem to_problem(const core::Error& error, std::string_view pot = {});

[[nodiscard]] wire::Problem to_wire(const Problem& problem);

/// The body; `title` is the status's phrase.
[[nodiscard]] std::string to_json(const Problem& problem);

/// "Not Found" for 404.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

}  // namespace potd::api
