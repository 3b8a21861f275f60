#pragma once

#include "openapi/wire/detail/fields.hpp"
#include "openapi/wire/detail/snapshots_fields.hpp"
#include "openapi/wire/pot_spec.hpp"

namespace potd::wire::detail {

template <>
struct Fields<InterfaceSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.present("interface", s.interface);
        v.present("addresses", s.addresses);
        v.present("bridge", s.bridge);
        v.present("ipv4", s.ipv4);
        v.present("ipv6", s.ipv6);
        v.present("mac", s.mac);
    }
};

template <>
struct Fields<DeviceSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("interface", s.interface);
        v.present("name", s.name);
        v.field("addresses", s.addresses);
        v.field("gateways", s.gateways);
    }
};

template <>
struct Fields<PortSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("protocol", s.protocol);
        v.required("container", s.container);
        v.present("host", s.host);
        v.field("count", s.count);
        v.present("address", s.address);
    }
    static std::string& text_form(PortSpec& s) { return s.text; }
};

template <>
struct Fields<NetworkSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("type", s.type);
        v.field("interfaces", s.interfaces);
        v.present("stack", s.stack);
        v.present("bridge", s.bridge);
        v.present("ipv4", s.ipv4);
        v.present("ipv6", s.ipv6);
        v.present("mac", s.mac);
        v.field("devices", s.devices);
    }
};

template <>
struct Fields<DnsSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("mode", s.mode);
        v.field("servers", s.servers);
        v.field("search", s.search);
        v.field("options", s.options);
    }
};

template <>
struct Fields<HostEntry> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.required("address", s.address);
    }
};

template <>
struct Fields<MountSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("dir", s.dir);
        v.field("tmpfs", s.tmpfs);
        v.field("fscomp", s.fscomp);
        v.field("dataset", s.dataset);
        v.required("target", s.target);
        v.field("mode", s.mode);
        v.field("size", s.size);
    }
};

template <>
struct Fields<IoLimitSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("device", s.device);
        v.field("read_bps", s.read_bps);
        v.field("write_bps", s.write_bps);
        v.field("read_iops", s.read_iops);
        v.field("write_iops", s.write_iops);
    }
};

template <>
struct Fields<LimitsSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("cpuset", s.cpuset);
        v.field("cpu_count", s.cpu_count);
        v.field("cpus", s.cpus);
        v.field("cpu_weight", s.cpu_weight);
        v.field("memory", s.memory);
        v.field("memory_soft", s.memory_soft);
        v.field("swap", s.swap);
        v.field("pids", s.pids);
        v.field("disk", s.disk);
        v.field("hugepages", s.hugepages);
        v.field("files", s.files);
        v.field("io_weight", s.io_weight);
        v.field("io", s.io);
        v.field("network_rx", s.network_rx);
        v.field("network_tx", s.network_tx);
        v.field("rctl", s.rctl);
        v.field("best_effort", s.best_effort);
    }
};

template <>
struct Fields<StopSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("command", s.command);
        v.field("signal", s.signal);
        v.field("timeout", s.timeout);
    }
};

template <>
struct Fields<HookSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("command", s.command);
        v.field("script", s.script);
        v.field("user", s.user);
        v.field("timeout", s.timeout);
        v.field("on_failure", s.on_failure);
    }
};

template <>
struct Fields<HooksSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("prestart", s.prestart);
        v.field("poststart", s.poststart);
        v.field("prestop", s.prestop);
        v.field("poststop", s.poststop);
    }
};

template <>
struct Fields<BackoffSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("initial", s.initial);
        v.field("max", s.max);
        v.field("reset_after", s.reset_after);
    }
};

template <>
struct Fields<RestartSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("policy", s.policy);
        v.field("max_retries", s.max_retries);
        v.field("backoff", s.backoff);
    }
};

template <>
struct Fields<ExecCheckSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("command", s.command);
    }
};

template <>
struct Fields<TcpCheckSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("port", s.port);
    }
};

template <>
struct Fields<HttpCheckSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("port", s.port);
        v.field("path", s.path);
    }
};

template <>
struct Fields<HealthSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("exec", s.exec);
        v.field("tcp", s.tcp);
        v.field("http", s.http);
        v.field("interval", s.interval);
        v.field("timeout", s.timeout);
        v.field("start_period", s.start_period);
        v.field("retries", s.retries);
        v.field("on_unhealthy", s.on_unhealthy);
    }
};

template <>
struct Fields<OomSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("policy", s.policy);
        v.field("priority", s.priority);
        v.field("protected", s.is_protected);
    }
};

template <>
struct Fields<BootSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("start", s.start);
        v.field("early", s.early);
    }
};

template <>
struct Fields<CapabilitiesSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("add", s.add);
        v.field("drop", s.drop);
    }
};

template <>
struct Fields<SecuritySpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("capabilities", s.capabilities);
        v.field("seccomp", s.seccomp);
        v.field("no_new_privileges", s.no_new_privileges);
        v.field("read_only_root", s.read_only_root);
        v.field("user_namespace", s.user_namespace);
    }
};

template <>
struct Fields<LogSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("max_size", s.max_size);
        v.field("max_files", s.max_files);
    }
};

template <>
struct Fields<PotSpec> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.required("name", s.name);
        v.field("base", s.base);
        v.field("image", s.image);
        v.field("parent", s.parent);
        v.input("flavours", s.flavours);
        v.input("keep_on_failure", s.keep_on_failure);
        v.field("type", s.type);
        v.field("level", s.level);
        v.field("command", s.command);
        v.field("env", s.env);
        v.field("env_secret", s.env_secret);
        v.field("user", s.user);
        v.field("workdir", s.workdir);
        v.field("hostname", s.hostname);
        v.field("persistent", s.persistent);
        v.field("terminal", s.terminal);
        v.field("open_stdin", s.open_stdin);
        v.field("network", s.network);
        v.field("ports", s.ports);
        v.field("dns", s.dns);
        v.field("hosts", s.hosts);
        v.field("mounts", s.mounts);
        v.field("limits", s.limits);
        v.field("rlimits", s.rlimits);
        v.field("oom", s.oom);
        v.field("restart", s.restart);
        v.field("health", s.health);
        v.field("hooks", s.hooks);
        v.field("depends_on", s.depends_on);
        v.field("stop", s.stop);
        v.field("boot", s.boot);
        v.field("prunable", s.prunable);
        v.field("remove_on_exit", s.remove_on_exit);
        v.field("attributes", s.attributes);
        v.field("labels", s.labels);
        v.field("security", s.security);
        v.field("log", s.log);
        v.field("snapshots", s.snapshots);
    }
};

}  // namespace potd::wire::detail
