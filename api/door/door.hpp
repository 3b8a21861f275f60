#pragma once

#include "api/door/token_key.hpp"
#include "api/http/router.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/token_service.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::api {

/// To whom the configuration gives what.
struct AccessRules {
    std::map<std::int64_t, core::Grant> users;             ///< by uid
    std::map<std::int64_t, core::Grant> groups;            ///< by gid; of several the highest role
    std::optional<core::Grant> others = {};                ///< whoever can open the socket; unset: nobody
    core::HostReaches developers;                          ///< what pots of developers may
    std::map<std::string, core::Grant> certificates = {};  ///< by name; of several the highest role
};

/// The one place where it is decided who may what: nobody may anything unless it says so here. Loop thread.
class Door {
  public:
    Door(const core::PotService& pots, core::TokenService& tokens, const TokenKey& key)
        : pots_(pots), tokens_(tokens), key_(key) {}

    /// In place of those so far, for requests from now on, and for `holds`.
    void set_rules(AccessRules rules);

    /// Who asks for it, if he may; else null, and he is told why not: 401 without credentials that count, 403
    /// with the role that is needed, 404 for a pot out of his reach.
    [[nodiscard]] core::PrincipalPtr admit(Exchange& exchange, const Route& route);

    /// Whether somebody who was admitted, from where he was, still may at least what he might then: his token
    /// is good, the rules give him no less, and the pot (its id; empty: none) is within his reach or gone.
    [[nodiscard]] bool holds(const core::Principal& who, const Peer& peer, std::string_view pot) const;

  private:
    [[nodiscard]] bool has_right(const core::Principal& who, const Peer& peer) const;
    [[nodiscard]] core::PrincipalPtr identify(const Request& request);
    [[nodiscard]] core::PrincipalPtr of_authorization(std::string_view header);
    [[nodiscard]] core::PrincipalPtr of_peer(const Peer& peer);
    [[nodiscard]] core::PrincipalPtr of_certificate(const Peer& peer);
    [[nodiscard]] std::optional<core::Grant> grant_of(const Peer& peer) const;
    /// Of the names in it the one that counts; null if none has a role.
    [[nodiscard]] const std::pair<const std::string, core::Grant>* certificate_of(const Peer& peer) const;
    [[nodiscard]] core::PrincipalPtr made(core::Principal::Kind kind, std::string name,
                                          const core::Grant& grant, std::string token = {}) const;

    const core::PotService& pots_;
    core::TokenService& tokens_;
    const TokenKey& key_;
    AccessRules rules_;
    core::PrincipalPtr last_peer_;  ///< of the uid that asked last, without groups that matter
    std::int64_t last_uid_ = -1;
    core::PrincipalPtr last_certificate_;  ///< of the names that asked last
    std::vector<std::string> last_names_;
};

}  // namespace potd::api
