#include "openapi/wire/base.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<BaseRevision> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("number", s.number);
        v.field("created_at", s.created_at);
        v.field("size", s.size);
        v.field("pots", s.pots);
    }
};

template <>
struct Fields<Base> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("source", s.source);
        v.field("origin", s.origin);
        v.field("path", s.path);
        v.field("created_at", s.created_at);
        v.field("size", s.size);
        v.field("base_pot", s.base_pot);
        v.field("pots", s.pots);
        v.field("revision", s.revision);
        v.field("revisions", s.revisions);
    }
};

template <>
struct Fields<BaseUpdate> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("flavours", s.flavours);
    }
};

template <>
struct Fields<BaseRollback> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("revision", s.revision);
    }
};

template <>
struct Fields<BaseList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<BaseRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("host", s.host);
        v.field("release", s.release);
        v.field("tarball", s.tarball);
        v.field("directory", s.directory);
        v.field("mirror", s.mirror);
        v.field("base_pot", s.base_pot);
        v.field("pot", s.pot);
        v.field("snapshot", s.snapshot);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(BaseRevision);
POTD_WIRE_CODEC(Base);
POTD_WIRE_CODEC(BaseList);
POTD_WIRE_CODEC(BaseRequest);
POTD_WIRE_CODEC(BaseUpdate);
POTD_WIRE_CODEC(BaseRollback);
}  // namespace potd::wire
