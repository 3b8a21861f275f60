#include "openapi/wire/audit.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<AuditEntry> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("number", s.number);
        v.field("time", s.time);
        v.field("actor", s.actor);
        v.field("role", s.role);
        v.field("peer", s.peer);
        v.field("method", s.method);
        v.field("route", s.route);
        v.field("path", s.path);
        v.field("pot", s.pot);
        v.field("pot_id", s.pot_id);
        v.field("request_id", s.request_id);
        v.field("outcome", s.outcome);
        v.field("status", s.status);
        v.field("ended_at", s.ended_at);
        v.field("operation", s.operation);
        v.field("created", s.created);
        v.field("fields", s.fields);
    }
};

template <>
struct Fields<AuditList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(AuditEntry);
POTD_WIRE_CODEC(AuditList);
}  // namespace potd::wire
