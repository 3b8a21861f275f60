#include "openapi/wire/system.hpp"

#include "openapi/wire/detail/problem_fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Platform> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("system", s.system);
        v.field("release", s.release);
        v.field("machine", s.machine);
        v.field("hostname", s.hostname);
        v.field("boot_id", s.boot_id);
        v.field("cpus", s.cpus);
        v.field("memory", s.memory);
    }
};

template <>
struct Fields<Storage> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("driver", s.driver);
        v.field("reason", s.reason);
        v.field("shares", s.shares);
        v.field("live_snapshots", s.live_snapshots);
        v.field("quotas", s.quotas);
    }
};

template <>
struct Fields<Capabilities> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("cgroup_mode", s.cgroup_mode);
        v.field("controllers", s.controllers);
        v.field("drivers", s.drivers);
        v.field("networks", s.networks);
        v.field("bases", s.bases);
        v.field("storage", s.storage);
    }
};

template <>
struct Fields<LimitAbility> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("enforced", s.enforced);
        v.field("reason", s.reason);
    }
};

template <>
struct Fields<Info> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("version", s.version);
        v.field("api", s.api);
        v.field("instance", s.instance);
        v.field("started_at", s.started_at);
        v.field("platform", s.platform);
        v.field("capabilities", s.capabilities);
        v.field("limits", s.limits);
        v.field("degraded", s.degraded);
        v.field("pots", s.pots);
    }
};

template <>
struct Fields<Health> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("status", s.status);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Platform);
POTD_WIRE_CODEC(Storage);
POTD_WIRE_CODEC(Capabilities);
POTD_WIRE_CODEC(LimitAbility);
POTD_WIRE_CODEC(Info);
POTD_WIRE_CODEC(Health);
POTD_WIRE_CODEC(Problem);
}  // namespace potd::wire
