#pragma once

#include "core/base/result.hpp"
#include "core/model/host_reach.hpp"
#include "core/model/labels.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// What somebody may do; each may what those before it may.
enum class Role : std::uint8_t {
    Viewer,     ///< looks at pots and what they use
    Operator,   ///< starts and stops what is there, reads logs
    Developer,  ///< makes, changes and enters pots
    Admin,      ///< everything
};
[[nodiscard]] std::string_view to_string(Role role) noexcept;
[[nodiscard]] std::optional<Role> role_from(std::string_view text) noexcept;

/// Picks pots by all of its terms; without one it picks every pot.
struct LabelSelector {
    std::vector<LabelFilter> terms;
    [[nodiscard]] bool empty() const { return terms.empty(); }
    [[nodiscard]] bool matches(const Labels& labels) const;
    friend bool operator==(const LabelSelector&, const LabelSelector&) = default;
};
/// "team=web,tier": terms of the form key or key=value; empty for an empty text. InvalidArgument on `field`.
[[nodiscard]] Result<LabelSelector> label_selector_from(std::string_view text, std::string_view field);
[[nodiscard]] std::string to_string(const LabelSelector& selector);

/// What is given to somebody: a role, and for which pots.
struct Grant {
    Role role = Role::Viewer;
    LabelSelector scope;  ///< empty: every pot, and what is not a pot's
    friend bool operator==(const Grant&, const Grant&) = default;
};
/// "developer" or "developer team=web,tier". InvalidArgument on `field`.
[[nodiscard]] Result<Grant> grant_from(std::string_view text, std::string_view field);

/// Who asks.
struct Principal {
    enum class Kind : std::uint8_t {
        Uid,          ///< at the unix socket, as the kernel says
        Token,        ///< whoever has its secret
        Certificate,  ///< of TLS, by a name in it
    };
    Kind kind = Kind::Uid;
    std::string name;  ///< the number, or the token's or the certificate's name
    Grant grant;
    HostReaches reaches;     ///< what its pots may
    std::string token = {};  ///< the hash of its secret, which no other token ever has; empty if it is none

    [[nodiscard]] bool is_scoped() const { return !grant.scope.empty(); }
    [[nodiscard]] bool sees(const Labels& labels) const { return grant.scope.matches(labels); }
};
using PrincipalPtr = std::shared_ptr<const Principal>;

/// "uid 1000", "token ci", "certificate ci.example".
[[nodiscard]] std::string to_string(const Principal& principal);
/// By which what somebody asked for is known to be his: as to_string, and of a token with its hash, since
/// another may have the name later.
[[nodiscard]] std::string identity_of(const Principal& principal);

}  // namespace potd::core
