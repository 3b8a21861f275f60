#include "daemon/platform/freebsd/pure/jail_plan_builder.hpp"

#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/limit_rule.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/resource.h>

namespace potd::platform {
namespace {

constexpr const char* default_path = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

struct NamedRlimit {
    std::string_view name;
    int resource;
};

constexpr std::array rlimit_names{
    NamedRlimit{"as", RLIMIT_AS},         NamedRlimit{"core", RLIMIT_CORE},
    NamedRlimit{"cpu", RLIMIT_CPU},       NamedRlimit{"data", RLIMIT_DATA},
    NamedRlimit{"fsize", RLIMIT_FSIZE},   NamedRlimit{"memlock", RLIMIT_MEMLOCK},
    NamedRlimit{"nofile", RLIMIT_NOFILE}, NamedRlimit{"nproc", RLIMIT_NPROC},
    NamedRlimit{"rss", RLIMIT_RSS},       NamedRlimit{"stack", RLIMIT_STACK}};

core::Error unsupported(const char* field, const char* why) {
    core::Error error = core::error(core::ErrorKind::Unsupported, std::string(field) + ": " + why);
    error.field = field;
    return error;
}

core::Status check_security(const core::SecuritySpec& security) {
    constexpr const char* none = "FreeBSD has no such thing; a jail's rights are given as attributes";
    if (!security.add_capabilities.empty()) return unsupported("security.capabilities.add[0]", none);
    if (!security.drop_capabilities.empty()) return unsupported("security.capabilities.drop[0]", none);
    if (security.seccomp != core::SeccompMode::Default)
        return unsupported("security.seccomp", "FreeBSD has no seccomp");
    if (security.user_namespace)
        return unsupported("security.user_namespace", "FreeBSD has no user namespaces");
    if (security.read_only_root)
        return unsupported("security.read_only_root", "a jail's root cannot be made read-only on its own");
    return {};
}

core::Status add_rlimits(JailPlan& plan, const core::PotSpec& spec) {
    for (const auto& wanted : spec.rlimits) {
        const std::string& name = wanted.first;
        const std::int64_t value = wanted.second;
        const auto* const known = std::find_if(rlimit_names.begin(), rlimit_names.end(),
                                               [&](const NamedRlimit& each) { return each.name == name; });
        if (known == rlimit_names.end())
            return core::invalid_field("rlimits." + name, name, "a resource limit of FreeBSD, like nofile");
        const auto limit = value < 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(value);
        plan.rlimits.push_back({known->resource, limit, limit});
    }
    return {};
}

const std::string& hostname_of(const core::PotSpec& spec) {
    return spec.hostname.empty() ? spec.name : spec.hostname;
}

void set_variable(std::vector<std::string>& environment, const std::string& name, const std::string& value) {
    const std::string prefix = name + "=";
    const auto earlier = std::find_if(environment.begin(), environment.end(),
                                      [&](const std::string& entry) { return entry.starts_with(prefix); });
    if (earlier == environment.end()) {
        environment.push_back(prefix + value);
    } else {
        *earlier = prefix + value;
    }
}

std::vector<std::string> environment(const core::PotSpec& spec) {
    std::vector<std::string> result{std::string("PATH=") + default_path, "HOSTNAME=" + hostname_of(spec),
                                    "container=potd"};
    if (spec.terminal) result.emplace_back("TERM=xterm");
    for (const core::EnvVar& variable : spec.env) set_variable(result, variable.name, variable.value);
    return result;
}

void add_command(JailPlan& plan, const core::PotSpec& spec) {
    plan.argv = spec.command;
    // pot's default.
    plan.boots = plan.argv.empty();
    if (plan.boots) plan.argv = {"/bin/sh", "/etc/rc"};
    plan.env = environment(spec);
    plan.user = spec.user;
    plan.workdir = spec.workdir;
    plan.persistent = plan.boots || spec.is_persistent();
    plan.terminal = spec.terminal;
    plan.open_stdin = spec.open_stdin;
    plan.no_new_privileges = spec.security.no_new_privileges;
}

JailMount special(const char* fstype, const char* target, std::uint32_t flags = 0) {
    return {fstype, target, {}, flags, {}};
}

JailMount shown(const std::string& source, const std::string& target, bool read_only, std::uint32_t flags) {
    return {"nullfs", target, source, flags | (read_only ? std::uint32_t{JailMount::ReadOnly} : 0U), {}};
}

JailMount memory(const std::string& target, std::int64_t size, std::uint32_t flags) {
    JailMount mount{"tmpfs", target, {}, flags | JailMount::NoSetuid, {"mode", "1777"}};
    if (size > 0) {
        mount.options.emplace_back("size");
        mount.options.push_back(std::to_string(size));
    }
    return mount;
}

/// Everything but the root: the base's parts, the kernel's file systems, the user's.
void add_mounts(JailPlan& plan, const core::LaunchRequest& request, const JailAttributes& attributes) {
    auto& mounts = plan.mounts;
    for (const core::RootFs::Bind& bind : request.root.binds)
        mounts.push_back(shown(bind.source, bind.target, bind.read_only, 0));
    mounts.push_back(special("devfs", "/dev"));
    if (attributes.linux) {
        mounts.push_back(special("linprocfs", "/proc"));
        mounts.push_back(special("linsysfs", "/sys"));
        mounts.push_back({"fdescfs", "/dev/fd", {}, 0, {"linrdlnk", ""}});
        mounts.push_back(memory("/dev/shm", 0, 0));
    } else {
        if (attributes.procfs) mounts.push_back(special("procfs", "/proc"));
        if (attributes.fdescfs) mounts.push_back(special("fdescfs", "/dev/fd"));
    }
    for (const core::MountSpec& mount : request.spec.mounts) {
        const bool tmpfs = mount.kind == core::MountSpec::Kind::Tmpfs;
        mounts.push_back(tmpfs ? memory(mount.target, mount.size,
                                        mount.read_only ? std::uint32_t{JailMount::ReadOnly} : 0U)
                               : shown(mount.source, mount.target, mount.read_only, JailMount::NoSetuid));
    }
}

enum Sharing : std::int32_t { Disable = 0, New = 1, Share = 2 };  // JAIL_SYS_… of <sys/jail.h>

/// The addresses of one family, one after the other in network order.
std::string address_bytes(const core::NetworkSpec& network, core::IpAddress::Family family) {
    std::string bytes;
    for (const core::PlacedAddress& one : core::addresses_of(network)) {
        if (one.address.family != family) continue;
        const auto size = static_cast<std::size_t>(one.address.bits() / 8);
        for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(one.address.bytes[i]);
    }
    return bytes;
}

/// Exactly these addresses; a family without one is not there at all.
void add_addresses(JailPlan& plan, const core::NetworkSpec& network) {
    using Family = core::IpAddress::Family;
    for (const auto& [name, family] : {std::pair("ip4", Family::V4), std::pair("ip6", Family::V6)}) {
        std::string bytes = address_bytes(network, family);
        plan.parameters.push_back(jail_number(name, bytes.empty() ? Disable : New));
        if (bytes.empty()) continue;
        plan.parameters.push_back({std::string(name) + ".addr", std::move(bytes), true});
    }
}

void add_side(JailCable& cable, const std::optional<core::IpAddress>& address,
              const std::optional<core::BridgeNetwork>& side, bool& has_gateway) {
    if (!address || !side) return;
    cable.addresses.push_back({*address, side->network.prefix});
    if (!std::exchange(has_gateway, true)) cable.gateways.push_back(side->gateway);
}

/// The first gateway of each family is the way out.
void add_cables(JailPlan& plan, const core::LaunchRequest& request, const std::string& instance) {
    bool has_ipv4 = false, has_ipv6 = false;
    for (const core::Connection& wanted : request.connections) {
        JailCable cable;
        cable.bridge = bridge_link(instance, wanted.bridge.name);
        cable.host_end = cable_link(instance, request.key, wanted.bridge.name);
        cable.name = pot_link(request.key.pot, plan.cables.size());
        cable.note = cable_note(instance, request.key);
        cable.group = cable_group(instance);
        cable.isolated = wanted.bridge.isolated;
        cable.hardware = wanted.hardware;
        add_side(cable, wanted.ipv4, wanted.bridge.ipv4, has_ipv4);
        add_side(cable, wanted.ipv6, wanted.bridge.ipv6, has_ipv6);
        if (!wanted.bridge.uplink.empty())
            cable.routers = std::exchange(has_ipv6, true) ? RouterWord::Addresses : RouterWord::DefaultRoute;
        plan.cables.push_back(std::move(cable));
    }
}

void add_devices(JailPlan& plan, const core::NetworkSpec& network) {
    for (const core::MovedInterface& one : network.devices)
        plan.devices.push_back({one.interface, one.addresses, one.gateways});
}

/// A jail gives its interfaces back by the names that they have in it.
core::Status check_devices(const core::NetworkSpec& network, const JailParameterKinds& known) {
    if (network.devices.empty()) return {};
    if (network.type == core::NetworkType::Alias)
        return unsupported("network.devices", "a pot of the type alias has no network stack of its own");
    if (!known.contains("vnet"))
        return unsupported("network.devices", "this kernel has no VIMAGE, which interfaces in pots need");
    for (std::size_t i = 0; i < network.devices.size(); ++i) {
        const core::MovedInterface& one = network.devices[i];
        if (core::name_in_pot(one) == one.interface) continue;
        const std::string field = "network.devices[" + std::to_string(i) + "].name";
        return unsupported(field.c_str(),
                           "an interface is called the same in a pot as on the host, to which it "
                           "comes back by that name");
    }
    return {};
}

void add_network(JailPlan& plan, const core::NetworkSpec& network, bool has_vnet) {
    if (network.type == core::NetworkType::Alias) return add_addresses(plan, network);
    // A network stack of its own, with lo0 and cables; the kernel refuses ip4 and ip6 beside it.
    plan.loopback = has_vnet && (network.type == core::NetworkType::None || core::is_bridged(network));
    if (plan.loopback) return plan.parameters.push_back(jail_number("vnet", New));
    const Sharing sharing = network.type == core::NetworkType::Inherit ? Share : Disable;
    plan.parameters.push_back(jail_number("ip4", sharing));
    plan.parameters.push_back(jail_number("ip6", sharing));
}

/// A kernel may be built without one of the families, or with one network stack for all.
core::Status check_families(const core::NetworkSpec& network, const JailParameterKinds& known) {
    if (core::is_bridged(network) && !known.contains("vnet"))
        return unsupported("network.type", "this kernel has no VIMAGE, which pots on bridges need");
    for (const core::PlacedAddress& one : core::addresses_of(network)) {
        const bool v4 = one.address.family == core::IpAddress::Family::V4;
        if (known.contains(v4 ? "ip4.addr" : "ip6.addr")) continue;
        return unsupported(one.field.c_str(), v4 ? "this kernel has no IPv4" : "this kernel has no IPv6");
    }
    return {};
}

}  // namespace

core::Result<JailAttributes> JailPlanBuilder::check(const core::PotSpec& spec) const {
    if (auto secure = check_security(spec.security); !secure) return std::move(secure).error();
    JailPlan unused;
    if (auto limited = add_rlimits(unused, spec); !limited) return std::move(limited).error();
    if (auto limited = add_limits(unused, spec); !limited) return std::move(limited).error();
    if (auto able = check_families(spec.network, host_.parameters); !able) return std::move(able).error();
    if (auto able = check_devices(spec.network, host_.parameters); !able) return std::move(able).error();
    return resolve_attributes(spec.attributes, host_.parameters);
}

core::Status JailPlanBuilder::add_limits(JailPlan& plan, const core::PotSpec& spec) const {
    auto rules = limit_rules(plan.jail, spec.limits, host_.accounting);
    if (!rules) return std::move(rules).error();
    for (LimitRule& rule : *rules) plan.limit_rules.push_back(std::move(rule.text));
    if (spec.limits.cpuset.empty()) return {};
    const auto cpus = parse_cpus(spec.limits.cpuset, "limits.cpuset");
    if (!cpus) return cpus.error();
    plan.cpus.assign(cpus->begin(), cpus->end());
    return {};
}

core::Result<JailPlan> JailPlanBuilder::build(const core::LaunchRequest& request, const RunFiles& files,
                                              const Userland& userland) const {
    const core::PotSpec& spec = request.spec;
    if (request.root.kind != core::RootFs::Kind::Directory)
        return core::error(core::ErrorKind::Unsupported, "a jail's root is a directory");
    auto attributes = check(spec);
    if (!attributes) return std::move(attributes).error();
    JailPlan plan;
    plan.run = request.key.run;
    plan.socket_path = files.socket;
    plan.record_path = files.record;
    plan.log_directory = request.log_directory;
    plan.log_max_size = static_cast<std::uint64_t>(spec.log.max_size);
    plan.log_max_files = static_cast<std::uint32_t>(spec.log.max_files);
    plan.jail = jail_name(host_.instance, request.key);
    plan.root = request.root.path;
    add_command(plan, spec);
    if (auto added = add_rlimits(plan, spec); !added) return std::move(added).error();
    if (auto added = add_limits(plan, spec); !added) return std::move(added).error();
    plan.parameters = std::move(attributes->parameters);
    plan.parameters.push_back(jail_text("host.hostname", hostname_of(spec)));
    if (!userland.release.empty()) plan.parameters.push_back(jail_text("osrelease", userland.release));
    add_cables(plan, request, host_.instance);
    add_devices(plan, spec.network);
    add_network(plan, spec.network, host_.parameters.contains("vnet"));
    plan.device_rules = std::move(attributes->device_rules);
    add_mounts(plan, request, *attributes);
    return plan;
}

std::map<std::string, std::string> JailPlanBuilder::limit_fields(const core::Limits& limits) const {
    std::map<std::string, std::string> fields;
    for (const LimitRule& rule : plan_rules("", limits, true).rules)
        fields.emplace(rule.resource, rule.field);
    fields.emplace("cpuset", limits.cpu_count > 0 ? "limits.cpu_count" : "limits.cpuset");
    return fields;
}

}  // namespace potd::platform
