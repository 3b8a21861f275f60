#pragma once

#include "core/base/result.hpp"

#include <string_view>

namespace potd::core {

/// Names of pots, bases and volumes: [a-zA-Z0-9._-], 1 to 63 characters, no leading dot or dash, not all
/// digits (a FreeBSD jail name of digits would be read as a jid). Also safe as a cgroup, file,
/// dataset and host name.
[[nodiscard]] Status check_name(std::string_view name, std::string_view field = "name");

/// NAME of NAME=value: [A-Za-z_][A-Za-z0-9_]*, at most 255 characters.
[[nodiscard]] Status check_env_name(std::string_view name, std::string_view field);

/// True if the bytes are well-formed UTF-8 (no surrogates, no overlong forms, no NUL).
[[nodiscard]] bool is_text(std::string_view bytes) noexcept;

}  // namespace potd::core
