#include "openapi/wire/space.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<BaseSpace> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("bytes", s.bytes);
        v.field("pots", s.pots);
    }
};

template <>
struct Fields<PotSpace> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("bytes", s.bytes);
        v.field("log_bytes", s.log_bytes);
        v.field("limit", s.limit);
    }
};

template <>
struct Fields<SnapshotSpace> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("name", s.name);
        v.field("bytes", s.bytes);
    }
};

template <>
struct Fields<FscompSpace> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("bytes", s.bytes);
        v.field("snapshots", s.snapshots);
        v.field("pots", s.pots);
        v.field("limit", s.limit);
    }
};

template <>
struct Fields<Space> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("driver", s.driver);
        v.field("total", s.total);
        v.field("free", s.free);
        v.field("bases", s.bases);
        v.field("pots", s.pots);
        v.field("snapshots", s.snapshots);
        v.field("fscomps", s.fscomps);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(BaseSpace);
POTD_WIRE_CODEC(PotSpace);
POTD_WIRE_CODEC(SnapshotSpace);
POTD_WIRE_CODEC(FscompSpace);
POTD_WIRE_CODEC(Space);
}  // namespace potd::wire
