#include "openapi/wire/fscomp.hpp"

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/detail/snapshots_fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<FscompUse> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("target", s.target);
        v.field("mode", s.mode);
    }
};

template <>
struct Fields<Fscomp> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("created_at", s.created_at);
        v.field("used_by", s.used_by);
        v.field("bytes", s.bytes);
        v.field("snapshots", s.snapshots);
        v.field("quota", s.quota);
    }
};

template <>
struct Fields<FscompList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<FscompSnapshot> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("fscomp", s.fscomp);
        v.field("name", s.name);
        v.field("number", s.number);
        v.field("created_at", s.created_at);
        v.field("size", s.size);
        v.field("labels", s.labels);
        v.field("scheduled", s.scheduled);
    }
};

template <>
struct Fields<FscompSnapshotList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<FscompCloneRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.field("snapshot", s.snapshot);
        v.field("take_snapshot", s.take_snapshot);
        v.field("quota", s.quota);
    }
};

template <>
struct Fields<FscompSettings> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("snapshots", s.snapshots);
        v.field("quota", s.quota);
    }
};

template <>
struct Fields<FscompRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.field("snapshots", s.snapshots);
        v.field("quota", s.quota);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(FscompUse);
POTD_WIRE_CODEC(Fscomp);
POTD_WIRE_CODEC(FscompList);
POTD_WIRE_CODEC(FscompSnapshot);
POTD_WIRE_CODEC(FscompSnapshotList);
POTD_WIRE_CODEC(FscompCloneRequest);
POTD_WIRE_CODEC(FscompSettings);
POTD_WIRE_CODEC(FscompRequest);
}  // namespace potd::wire
