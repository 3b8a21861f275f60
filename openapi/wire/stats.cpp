#include "openapi/wire/stats.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<CpuStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("usage_ns", s.usage_ns);
        v.field("user_ns", s.user_ns);
        v.field("system_ns", s.system_ns);
        v.field("percent", s.percent);
        v.field("throttled_ns", s.throttled_ns);
        v.field("periods", s.periods);
        v.field("throttled_periods", s.throttled_periods);
    }
};

template <>
struct Fields<MemoryStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("current", s.current);
        v.field("peak", s.peak);
        v.field("limit", s.limit);
        v.field("swap", s.swap);
        v.field("working_set", s.working_set);
        v.field("kernel", s.kernel);
        v.field("page_faults", s.page_faults);
        v.field("major_page_faults", s.major_page_faults);
    }
};

template <>
struct Fields<PidsStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("current", s.current);
        v.field("limit", s.limit);
    }
};

template <>
struct Fields<IoStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("read_bytes", s.read_bytes);
        v.field("write_bytes", s.write_bytes);
        v.field("reads", s.reads);
        v.field("writes", s.writes);
    }
};

template <>
struct Fields<StallStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("some_10", s.some_10);
        v.field("some_60", s.some_60);
        v.field("full_10", s.full_10);
        v.field("full_60", s.full_60);
        v.field("some_us", s.some_us);
        v.field("full_us", s.full_us);
    }
};

template <>
struct Fields<PressureStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("cpu", s.cpu);
        v.field("memory", s.memory);
        v.field("io", s.io);
    }
};

template <>
struct Fields<InterfaceStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("rx_bytes", s.rx_bytes);
        v.field("tx_bytes", s.tx_bytes);
        v.field("rx_packets", s.rx_packets);
        v.field("tx_packets", s.tx_packets);
        v.field("rx_dropped", s.rx_dropped);
        v.field("tx_dropped", s.tx_dropped);
    }
};

template <>
struct Fields<NetworkStats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("rx_bytes", s.rx_bytes);
        v.field("tx_bytes", s.tx_bytes);
        v.field("rx_packets", s.rx_packets);
        v.field("tx_packets", s.tx_packets);
        v.field("rx_dropped", s.rx_dropped);
        v.field("tx_dropped", s.tx_dropped);
        v.field("connections", s.connections);
        v.field("interfaces", s.interfaces);
    }
};

template <>
struct Fields<Stats> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("name", s.name);
        v.field("run", s.run);
        v.field("time", s.time);
        v.field("cpu", s.cpu);
        v.field("memory", s.memory);
        v.field("pids", s.pids);
        v.field("io", s.io);
        v.field("pressure", s.pressure);
        v.field("network", s.network);
    }
};

template <>
struct Fields<StatsList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<StatsHistory> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("interval", s.interval);
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

template <>
struct Fields<Process> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pid", s.pid);
        v.field("parent", s.parent);
        v.field("user", s.user);
        v.field("name", s.name);
        v.field("state", s.state);
        v.field("resident", s.resident);
        v.field("cpu_ms", s.cpu_ms);
        v.field("command", s.command);
    }
};

template <>
struct Fields<ProcessList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(CpuStats);
POTD_WIRE_CODEC(MemoryStats);
POTD_WIRE_CODEC(PidsStats);
POTD_WIRE_CODEC(IoStats);
POTD_WIRE_CODEC(StallStats);
POTD_WIRE_CODEC(PressureStats);
POTD_WIRE_CODEC(InterfaceStats);
POTD_WIRE_CODEC(NetworkStats);
POTD_WIRE_CODEC(Stats);
POTD_WIRE_CODEC(StatsList);
POTD_WIRE_CODEC(StatsHistory);
POTD_WIRE_CODEC(Process);
POTD_WIRE_CODEC(ProcessList);
}  // namespace potd::wire
