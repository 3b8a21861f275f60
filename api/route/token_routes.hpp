#pragma once

#include "api/door/token_key.hpp"
#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/service/token_service.hpp"
#include "openapi/wire/token.hpp"

namespace potd::api {

/// /v1/tokens. Making one takes no Idempotency-Key: the answer that is kept for it would hold the secret.
class TokenRoutes {
  public:
    TokenRoutes(core::TokenService& tokens, const TokenKey& key, core::Clock& clock)
        : tokens_(tokens), key_(key), clock_(clock) {}
    void add_to(Router& router);

  private:
    [[nodiscard]] wire::Token shown(const core::Token& token) const;
    [[nodiscard]] core::Result<core::Token> asked(const wire::TokenRequest& body) const;
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void create(Exchange& exchange);
    void revoke(Exchange& exchange);

    core::TokenService& tokens_;
    const TokenKey& key_;
    core::Clock& clock_;
};

}  // namespace potd::api
