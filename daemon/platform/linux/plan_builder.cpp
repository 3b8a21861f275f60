#include "daemon/platform/linux/plan_builder.hpp"

#include "core/model/attributes.hpp"
#include "core/model/id_ranges.hpp"
#include "daemon/platform/linux/capability.hpp"
#include "daemon/platform/linux/mount_plan.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <sys/mount.h>
#include <sys/resource.h>

namespace potd::platform {
namespace {

struct NamedRlimit {
    std::string_view name;
    int resource;
};

constexpr std::array rlimit_names{NamedRlimit{"as", RLIMIT_AS},
                                  NamedRlimit{"core", RLIMIT_CORE},
                                  NamedRlimit{"cpu", RLIMIT_CPU},
                                  NamedRlimit{"data", RLIMIT_DATA},
                                  NamedRlimit{"fsize", RLIMIT_FSIZE},
                                  NamedRlimit{"locks", RLIMIT_LOCKS},
                                  NamedRlimit{"memlock", RLIMIT_MEMLOCK},
                                  NamedRlimit{"msgqueue", RLIMIT_MSGQUEUE},
                                  NamedRlimit{"nice", RLIMIT_NICE},
                                  NamedRlimit{"nofile", RLIMIT_NOFILE},
                                  NamedRlimit{"nproc", RLIMIT_NPROC},
                                  NamedRlimit{"rss", RLIMIT_RSS},
                                  NamedRlimit{"rtprio", RLIMIT_RTPRIO},
                                  NamedRlimit{"rttime", RLIMIT_RTTIME},
                                  NamedRlimit{"sigpending", RLIMIT_SIGPENDING},
                                  NamedRlimit{"stack", RLIMIT_STACK}};

std::vector<std::byte> to_bytes(const std::string& text) {
    std::vector<std::byte> bytes(text.size());
    std::memcpy(bytes.data(), text.data(), text.size());
    return bytes;
}

/// Sets NAME=value, in place of an earlier value of the same name.
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

DeviceGroup device_group(const LaunchPlan& plan) {
    const bool may_mount = (plan.capabilities & capability_bit("SYS_ADMIN")) != 0;
    return may_mount ? DeviceGroup::Own : DeviceGroup::Shared;
}

const std::string& hostname_of(const core::PotSpec& spec) {
    return spec.hostname.empty() ? spec.name : spec.hostname;
}

/// v2 does it by itself; the monitor does it also where it does not.
void kill_whole_on_oom(LaunchPlan& plan) {
    for (CgroupDirectory& directory : plan.cgroups) {
        if ((directory.roles & CgroupDirectory::Memory) == 0) continue;
        directory.roles |= CgroupDirectory::KillOnOom;
        if ((directory.roles & CgroupDirectory::Unified) != 0)
            directory.settings.push_back({"memory.oom.group", "1", true});
    }
}

}  // namespace

core::Status PlanBuilder::prepare() {
    auto program = seccomp_.program(default_capabilities());
    return program ? core::Status{} : core::Status(std::move(program).error());
}

core::Status PlanBuilder::add_root(LaunchPlan& plan, const core::RootFs& root) const {
    plan.root_flags = MS_NODEV;
    if (root.kind == core::RootFs::Kind::Directory) {
        plan.root = LaunchPlan::Root::Directory;
        plan.root_path = root.path;
        return {};
    }
    plan.root = LaunchPlan::Root::Overlay;
    plan.root_data = overlay_options(root.lower, root.upper, root.work);
    if (plan.root_data.size() <= max_overlay_options) return {};
    return core::error(core::ErrorKind::InvalidArgument,
                       "the paths of the pot's root are too long for an overlay mount; choose a shorter "
                       "state directory");
}

core::Status PlanBuilder::add_rlimits(LaunchPlan& plan, const core::PotSpec& spec) const {
    const auto files = static_cast<std::uint64_t>(spec.limits.files);
    const auto nofile = spec.rlimits.find("nofile");
    if (nofile == spec.rlimits.end() && files != 0) {
        plan.rlimits.push_back({RLIMIT_NOFILE, files, files});
    } else if (nofile == spec.rlimits.end()) {
        plan.rlimits.push_back({RLIMIT_NOFILE, defaults_.open_files_soft, defaults_.open_files_hard});
    } else if (files != 0 && nofile->second != spec.limits.files) {
        return core::invalid_field("limits.files", std::to_string(files),
                                   "none beside another rlimits.nofile, which is the same limit on Linux");
    }
    for (const auto& [name, value] : spec.rlimits) {
        const auto known =
            std::find_if(rlimit_names.begin(), rlimit_names.end(),
                         [&wanted = name](const NamedRlimit& each) { return each.name == wanted; });
        if (known == rlimit_names.end()) {
            return core::invalid_field("rlimits." + name, name, "the name of a resource limit, like nofile");
        }
        const auto limit = value < 0 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(value);
        plan.rlimits.push_back({known->resource, limit, limit});
    }
    return {};
}

core::Status PlanBuilder::add_security(LaunchPlan& plan, const core::SecuritySpec& security) {
    const auto capabilities = capability_set(security.add_capabilities, security.drop_capabilities);
    if (!capabilities) return capabilities.error();
    plan.capabilities = capabilities.value();
    plan.no_new_privileges = security.no_new_privileges;
    plan.root_read_only = security.read_only_root;
    if (security.seccomp == core::SeccompMode::Unconfined) return {};
    auto program = seccomp_.program(capabilities.value());
    if (!program) return std::move(program).error();
    plan.seccomp = to_bytes(program.value());
    return {};
}

std::vector<std::string> PlanBuilder::environment(const core::PotSpec& spec) const {
    std::vector<std::string> result{"PATH=" + defaults_.path, "HOSTNAME=" + hostname_of(spec),
                                    "container=potd"};
    if (spec.terminal) result.emplace_back("TERM=xterm");
    for (const core::EnvVar& variable : spec.env) set_variable(result, variable.name, variable.value);
    return result;
}

void PlanBuilder::add_command(LaunchPlan& plan, const core::PotSpec& spec) const {
    plan.argv = spec.command;
    plan.env = environment(spec);
    plan.user = spec.user;
    plan.workdir = spec.workdir;
    plan.persistent = spec.is_persistent();
    plan.terminal = spec.terminal;
    plan.open_stdin = spec.open_stdin;
    plan.hostname = hostname_of(spec);
    plan.network = spec.network.type == core::NetworkType::Inherit ? LaunchPlan::Network::Inherit
                                                                   : LaunchPlan::Network::New;
}

core::Status PlanBuilder::add_user_namespace(LaunchPlan& plan, const core::LaunchRequest& request) {
    if (!request.spec.security.user_namespace) return {};
    if (request.first_host_id == 0)
        return core::error(core::ErrorKind::Internal, "the pot has no ids on the host");
    plan.uid_map = plan.gid_map = {IdMapping{0, request.first_host_id, core::IdRanges::size}};
    if (request.root.kind == core::RootFs::Kind::Overlay) plan.shifted_layers = request.root.lower;
    return {};
}

core::Status PlanBuilder::check_user_namespace(const core::PotSpec& spec) const {
    if (!spec.security.user_namespace) return {};
    const auto refuse = [](core::Error error, const std::string& field) {
        error = std::move(error).in(field);
        error.field = field;
        return error;
    };
    constexpr const char* own_field = "security.user_namespace";
    if (!defaults_.shift) {
        return refuse(core::error(core::ErrorKind::Unsupported, "this potd has no user namespaces"),
                      own_field);
    }
    if (core::Status usable = defaults_.shift->usable(); !usable) {
        return refuse(std::move(usable).error(), own_field);
    }
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        if (spec.mounts[i].kind == core::MountSpec::Kind::Tmpfs) continue;
        const auto kind = spec.mounts[i].kind;
        const char* const member = kind == core::MountSpec::Kind::Volume    ? "].fscomp"
                                   : kind == core::MountSpec::Kind::Dataset ? "].dataset"
                                                                            : "].dir";
        core::Status able = defaults_.shift->check_tree(spec.mounts[i].source);
        if (!able) return refuse(std::move(able).error(), "mounts[" + std::to_string(i) + member);
    }
    return {};
}

core::Status PlanBuilder::check(const core::PotSpec& spec) {
    if (core::Status able = check_user_namespace(spec); !able) return able;
    for (const auto& [name, value] : spec.attributes) {
        if (name == core::no_etc_hosts) continue;
        const std::string field = "attributes." + name;
        core::Error error =
            core::error(core::ErrorKind::Unsupported, field + ": this is an attribute of FreeBSD's jails");
        error.field = field;
        return error;
    }
    if (spec.security.user_namespace && !spec.network.devices.empty())
        return core::invalid_field(
            "network.devices", spec.network.devices.front().interface,
            "none, as the pot has a user namespace: such an interface stays in a network "
            "of the host's own user namespace");
    LaunchPlan unused;
    if (auto groups = cgroups_.plan("check", spec.limits); !groups) return std::move(groups).error();
    if (auto added = add_rlimits(unused, spec); !added) return added;
    return add_security(unused, spec.security);
}

core::Result<LaunchPlan> PlanBuilder::build(const core::LaunchRequest& request, const RunFiles& files,
                                            const NamePaths& names) {
    const core::PotSpec& spec = request.spec;
    LaunchPlan plan;
    plan.run = request.key.run;
    plan.socket_path = files.socket;
    plan.record_path = files.record;
    plan.log_directory = request.log_directory;
    plan.log_max_size = static_cast<std::uint64_t>(spec.log.max_size);
    plan.log_max_files = static_cast<std::uint32_t>(spec.log.max_files);
    add_command(plan, spec);
    if (auto added = add_root(plan, request.root); !added) return std::move(added).error();
    if (auto added = add_rlimits(plan, spec); !added) return std::move(added).error();
    if (auto added = add_security(plan, spec.security); !added) return std::move(added).error();
    auto cgroups = cgroups_.plan(core::kernel_name(request.key), spec.limits, device_group(plan));
    if (!cgroups) return std::move(cgroups).error();
    plan.cgroups = std::move(cgroups).value();
    if (spec.oom.policy == core::OomPolicy::Kill) kill_whole_on_oom(plan);
    if (auto added = add_user_namespace(plan, request); !added) return std::move(added).error();
    plan.mounts = plan_mounts({spec, request.root, cgroups_.layout(), defaults_.cgroup_files, names});
    return plan;
}

}  // namespace potd::platform
