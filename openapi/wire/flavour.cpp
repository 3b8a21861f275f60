#include "openapi/wire/flavour.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Flavour> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("directory", s.directory);
        v.field("has_commands", s.has_commands);
        v.field("has_script", s.has_script);
    }
};

template <>
struct Fields<FlavourList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Flavour);
POTD_WIRE_CODEC(FlavourList);
}  // namespace potd::wire
