#pragma once

#include "core/base/time.hpp"
#include "core/model/principal.hpp"

#include <optional>
#include <string>

namespace potd::core {

/// By whose secret somebody is known. The secret itself is nowhere.
struct Token {
    std::string name;
    Grant grant;
    std::string hash;     ///< of the secret, keyed
    std::string made_by;  ///< to_string of a Principal
    WallTime created_at;
    std::optional<WallTime> expires_at = {};  ///< unset: never
    std::optional<WallTime> used_at = {};     ///< last; what is stored may be some minutes old
    friend bool operator==(const Token&, const Token&) = default;

    [[nodiscard]] bool is_expired(WallTime now) const { return expires_at && *expires_at <= now; }
};

}  // namespace potd::core
