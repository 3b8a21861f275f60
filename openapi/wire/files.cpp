#include "openapi/wire/files.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<CopiedIn> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("entries", s.entries);
        v.field("bytes", s.bytes);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(CopiedIn);
}  // namespace potd::wire
