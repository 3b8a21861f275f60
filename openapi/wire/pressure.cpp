#include "openapi/wire/pressure.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<PressureFigure> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("value", s.value);
        v.field("missing", s.missing);
    }
};

template <>
struct Fields<PressureRule> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("when", s.when);
        v.field("do", s.steps);
        v.field("settle", s.settle);
        v.field("holds", s.holds);
        v.field("never", s.never);
    }
};

template <>
struct Fields<Pressure> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("dry_run", s.dry_run);
        v.field("memory", s.memory);
        v.field("figures", s.figures);
        v.field("rules", s.rules);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(PressureFigure);
POTD_WIRE_CODEC(PressureRule);
POTD_WIRE_CODEC(Pressure);
}  // namespace potd::wire
