#pragma once

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/snapshot.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Origin> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("pot_id", s.pot_id);
        v.field("snapshot", s.snapshot);
        v.field("number", s.number);
    }
};

}  // namespace potd::wire::detail
