#pragma once

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/system.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Problem> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("type", s.type);
        v.field("title", s.title);
        v.field("status", s.status);
        v.field("detail", s.detail);
        v.field("code", s.code);
        v.present("field", s.field);
        v.present("pot", s.pot);
        v.present("operation", s.operation);
        v.present("first", s.first);
        v.present("resume", s.resume);
    }
};

}  // namespace potd::wire::detail
