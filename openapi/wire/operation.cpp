#include "openapi/wire/operation.hpp"

#include "openapi/wire/detail/problem_fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Progress> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("current", s.current);
        v.field("total", s.total);
        v.field("unit", s.unit);
        v.field("message", s.message);
    }
};

template <>
struct Fields<Operation> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("id", s.id);
        v.field("kind", s.kind);
        v.field("state", s.state);
        v.field("pot", s.pot);
        v.field("pot_id", s.pot_id);
        v.field("run", s.run);
        v.field("base", s.base);
        v.field("fscomp", s.fscomp);
        v.field("network", s.network);
        v.field("created_at", s.created_at);
        v.field("ended_at", s.ended_at);
        v.field("progress", s.progress);
        v.field("error", s.error);
        v.field("result", s.result);
        v.field("can_cancel", s.can_cancel);
    }
};

template <>
struct Fields<OperationList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Progress);
POTD_WIRE_CODEC(Operation);
POTD_WIRE_CODEC(OperationList);
}  // namespace potd::wire
