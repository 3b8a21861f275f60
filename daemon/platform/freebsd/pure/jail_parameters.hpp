#pragma once

#include "core/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// One parameter as jail_set(2) takes it.
struct JailParameter {
    std::string name;
    std::string bytes;       ///< the value as the kernel reads it; a text includes its NUL
    bool has_value = false;  ///< false for flags, whose name says all ("allow.mlock", "allow.nomlock")
    friend bool operator==(const JailParameter&, const JailParameter&) = default;
};

/// How the kernel wants a parameter.
enum class JailParameterKind {
    Flag,     ///< by name alone
    Number,   ///< int
    Long,     ///< 64 bits
    Mode,     ///< int: disable 0, new 1, inherit 2
    Text,     ///< NUL-terminated
    Inet4,    ///< any number of struct in_addr
    Inet6,    ///< any number of struct in6_addr
    Unknown,  ///< a structure we do not know
};

/// What a kernel knows, by name.
using JailParameterKinds = std::map<std::string, JailParameterKind, std::less<>>;

/// The kind by what sysctl says of security.jail.param.NAME: its type bits (CTLTYPE) and format.
[[nodiscard]] JailParameterKind jail_parameter_kind(unsigned type, std::string_view format);

/// "allow.mount.nomlock": the name that takes a flag away. The "no" stands before the last component.
[[nodiscard]] std::string negated(std::string_view flag);

[[nodiscard]] JailParameter jail_flag(std::string_view name, bool on = true);
[[nodiscard]] JailParameter jail_number(std::string_view name, std::int32_t value);
[[nodiscard]] JailParameter jail_text(std::string_view name, std::string_view value);

/// A parameter by the text a user gave. `field` names the place in errors. InvalidArgument for a text that
/// does not fit the kind, Unsupported for a name that is not in `known`.
[[nodiscard]] core::Result<JailParameter> parse_jail_parameter(const JailParameterKinds& known,
                                                               std::string_view name, std::string_view text,
                                                               std::string_view field);

/// "true", "yes", "on", "1" and their opposites, in any case.
[[nodiscard]] core::Result<bool> parse_switch(std::string_view text, std::string_view field);

}  // namespace potd::platform
