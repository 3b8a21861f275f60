#pragma once

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/pot_spec.hpp"

namespace potd::wire::detail {

template <>
struct Fields<SnapshotsSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("every", s.every);
        v.field("keep", s.keep);
        v.field("keep_for", s.keep_for);
    }
};

}  // namespace potd::wire::detail
