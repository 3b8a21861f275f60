#include "openapi/wire/snapshot.hpp"

#include "openapi/wire/detail/origin_fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Snapshot> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("name", s.name);
        v.field("number", s.number);
        v.field("created_at", s.created_at);
        v.field("size", s.size);
        v.field("labels", s.labels);
        v.field("scheduled", s.scheduled);
    }
};

template <>
struct Fields<SnapshotList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<SnapshotRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("replace_oldest", s.replace_oldest);
        v.field("labels", s.labels);
    }
};

template <>
struct Fields<RollbackRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("snapshot", s.snapshot);
        v.field("destroy_newer", s.destroy_newer);
    }
};

template <>
struct Fields<CloneRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.field("snapshot", s.snapshot);
        v.field("take_snapshot", s.take_snapshot);
        v.field("changes", s.changes);
        v.input("flavours", s.flavours);
        v.input("keep_on_failure", s.keep_on_failure);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Origin);
POTD_WIRE_CODEC(Snapshot);
POTD_WIRE_CODEC(SnapshotList);
POTD_WIRE_CODEC(SnapshotRequest);
POTD_WIRE_CODEC(RollbackRequest);
POTD_WIRE_CODEC(CloneRequest);
}  // namespace potd::wire
