#include "openapi/wire/network.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Subnet> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("network", s.network);
        v.field("gateway", s.gateway);
    }
};

template <>
struct Fields<NetworkUse> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("ipv4", s.ipv4);
        v.field("ipv6", s.ipv6);
    }
};

template <>
struct Fields<Network> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("created_at", s.created_at);
        v.field("ipv4", s.ipv4);
        v.field("ipv6", s.ipv6);
        v.field("isolated", s.isolated);
        v.field("uplink", s.uplink);
        v.field("routed", s.routed);
        v.field("used_by", s.used_by);
    }
};

template <>
struct Fields<NetworkList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<NetworkRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.field("hosts", s.hosts);
        v.field("ipv4", s.ipv4);
        v.field("ipv6", s.ipv6);
        v.field("isolated", s.isolated);
        v.field("uplink", s.uplink);
        v.field("routed", s.routed);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Subnet);
POTD_WIRE_CODEC(NetworkUse);
POTD_WIRE_CODEC(Network);
POTD_WIRE_CODEC(NetworkList);
POTD_WIRE_CODEC(NetworkRequest);
}  // namespace potd::wire
