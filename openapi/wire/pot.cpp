#include "openapi/wire/pot.hpp"

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/detail/origin_fields.hpp"
#include "openapi/wire/detail/pot_spec_fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<HookRun> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("stage", s.stage);
        v.field("index", s.index);
        v.field("attempt", s.attempt);
        v.field("started_at", s.started_at);
        v.field("ended_at", s.ended_at);
        v.field("exit_code", s.exit_code);
        v.field("signal", s.signal);
        v.field("problem", s.problem);
        v.field("output", s.output);
        v.field("truncated", s.truncated);
    }
};

template <>
struct Fields<Run> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("number", s.number);
        v.field("cause", s.cause);
        v.field("stage", s.stage);
        v.field("requested_at", s.requested_at);
        v.field("started_at", s.started_at);
        v.field("ended_at", s.ended_at);
        v.field("exit_code", s.exit_code);
        v.field("signal", s.signal);
        v.field("oom", s.oom);
        v.field("lost", s.lost);
        v.field("reason", s.reason);
        v.field("peak_memory", s.peak_memory);
        v.field("oom_kills", s.oom_kills);
        v.field("oom_victim", s.oom_victim);
        v.field("pid", s.pid);
        v.field("hooks", s.hooks);
    }
};

template <>
struct Fields<HealthCheck> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("started_at", s.started_at);
        v.field("ended_at", s.ended_at);
        v.field("healthy", s.healthy);
        v.field("output", s.output);
    }
};

template <>
struct Fields<HealthReport> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("health", s.health);
        v.field("checks", s.checks);
    }
};

template <>
struct Fields<RunList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<PotAddress> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("interface", s.interface);
        v.field("bridge", s.bridge);
        v.field("address", s.address);
    }
};

template <>
struct Fields<PotPort> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("protocol", s.protocol);
        v.field("container", s.container);
        v.field("host", s.host);
        v.field("count", s.count);
        v.field("address", s.address);
    }
};

template <>
struct Fields<UnenforcedLimit> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("field", s.field);
        v.field("reason", s.reason);
    }
};

template <>
struct Fields<Pot> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("id", s.id);
        v.field("name", s.name);
        v.field("state", s.state);
        v.field("desired", s.desired);
        v.field("health", s.health);
        v.field("frozen_by", s.frozen_by);
        v.field("created_at", s.created_at);
        v.field("changed_at", s.changed_at);
        v.field("version", s.version);
        v.field("driver", s.driver);
        v.field("base_revision", s.base_revision);
        v.field("first_host_id", s.first_host_id);
        v.field("origin", s.origin);
        v.field("last_error", s.last_error);
        v.field("unfinished", s.unfinished);
        v.field("restarts", s.restarts);
        v.field("next_start_at", s.next_start_at);
        v.field("addresses", s.addresses);
        v.field("ports", s.ports);
        v.field("cpus", s.cpus);
        v.field("not_enforced", s.not_enforced);
        v.field("spec", s.spec);
        v.present("secrets_changed", s.secrets_changed);
        v.field("run", s.run);
    }
};

template <>
struct Fields<PotList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<StopRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("timeout", s.timeout);
        v.field("signal", s.signal);
    }
};

template <>
struct Fields<KillRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("signal", s.signal);
        v.field("target", s.target);
        v.field("pid", s.pid);
        v.field("pattern", s.pattern);
    }
};

template <>
struct Fields<RenameRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
    }
};

template <>
struct Fields<EmptyRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        static_cast<void>(v);
        static_cast<void>(s);
    }
};

template <>
struct Fields<ShutdownRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("stop_pots", s.stop_pots);
    }
};

template <>
struct Fields<ShutdownResult> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("stopped", s.stopped);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(HookRun);
POTD_WIRE_CODEC(Run);
POTD_WIRE_CODEC(HealthCheck);
POTD_WIRE_CODEC(HealthReport);
POTD_WIRE_CODEC(RunList);
POTD_WIRE_CODEC(PotAddress);
POTD_WIRE_CODEC(PotPort);
POTD_WIRE_CODEC(UnenforcedLimit);
POTD_WIRE_CODEC(Pot);
POTD_WIRE_CODEC(PotList);
POTD_WIRE_CODEC(StopRequest);
POTD_WIRE_CODEC(KillRequest);
POTD_WIRE_CODEC(RenameRequest);
POTD_WIRE_CODEC(EmptyRequest);
POTD_WIRE_CODEC(ShutdownRequest);
POTD_WIRE_CODEC(ShutdownResult);
}  // namespace potd::wire
