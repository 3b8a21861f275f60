#include "openapi/wire/token.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Token> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("role", s.role);
        v.field("selector", s.selector);
        v.field("created_by", s.created_by);
        v.field("created_at", s.created_at);
        v.field("expires_at", s.expires_at);
        v.field("used_at", s.used_at);
        v.field("expired", s.expired);
    }
};

template <>
struct Fields<TokenList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<NewToken> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("token", s.token);
        v.field("secret", s.secret);
    }
};

template <>
struct Fields<TokenRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.required("role", s.role);
        v.field("selector", s.selector);
        v.field("expires", s.expires);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Token);
POTD_WIRE_CODEC(TokenList);
POTD_WIRE_CODEC(NewToken);
POTD_WIRE_CODEC(TokenRequest);
}  // namespace potd::wire
