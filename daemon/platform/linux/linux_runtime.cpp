#include "daemon/platform/linux/linux_runtime.hpp"

#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/linux/cgroup_wait.hpp"
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/interface_plan.hpp"
#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

#include <fcntl.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds freeze_patience{10'000};

core::Error no_such_run() {
    return core::error(core::ErrorKind::NotFound, "the pot is not running");
}

std::string_view as_text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Which control file belongs to which field of the spec, to name the field when a write fails.
std::map<std::string, std::string> setting_fields(const core::Limits& limits, const CgroupLayout& layout) {
    std::map<std::string, std::string> fields;
    const auto settings = cgroup_settings(limits, layout);
    if (!settings) return fields;
    for (const LimitSetting& setting : settings.value()) {
        if (!setting.field.empty()) fields.emplace(setting.file, setting.field);
    }
    return fields;
}

core::Status add_interfaces(LaunchPlan& plan, const core::LaunchRequest& request,
                            const KernelBridges& bridges) {
    if (!request.connections.empty()) {
        auto cables = plan_cables(request.connections, request.key, bridges);
        if (!cables) return std::move(cables).error();
        plan.interfaces = std::move(cables).value();
        return {};
    }
    if (request.spec.network.type != core::NetworkType::Alias) return {};
    const auto host = read_host_network();
    if (!host) return host.error();
    auto interfaces = plan_interfaces(request.spec.network, request.key.pot, *host);
    if (!interfaces) return std::move(interfaces).error();
    plan.interfaces = std::move(interfaces).value();
    return {};
}

}  // namespace

LinuxRuntime::LinuxRuntime(const RuntimeOptions& options, Loop loop, CgroupLayout layout, UniqueFd monitor)
    : MonitoredRuntime(loop, options.run_directory, std::move(monitor)),
      cgroups_(std::move(layout), options.instance, options.system_root),
      enclosures_(loop, cgroups_),
      bridges_(options.instance),
      names_(options.run_directory + "/names"),
      devices_({options.run_directory + "/devices", options.instance, options.problem}),
      problem_(options.problem),
      builder_(options.plan, cgroups_) {}

LinuxRuntime::~LinuxRuntime() {
    forget_runs();
    cgroups_.remove_top();
}

core::Result<std::unique_ptr<LinuxRuntime>> LinuxRuntime::create(const RuntimeOptions& options, Loop loop) {
    auto layout = discover_cgroups(options.system_root);
    if (!layout) return std::move(layout).error().in("control groups");
    auto monitor = sealed_program(options.monitor_program);
    if (!monitor) return std::move(monitor).error().in("monitor program");
    std::unique_ptr<LinuxRuntime> runtime(
        new LinuxRuntime(options, loop, std::move(layout).value(), std::move(monitor).value()));
    if (auto made = runtime->prepare_places(); !made) return std::move(made).error();
    if (auto made = runtime->names_.prepare(); !made) return std::move(made).error();
    if (auto made = runtime->devices_.prepare(); !made) return std::move(made).error();
    if (auto ready = runtime->cgroups_.prepare(); !ready)
        return std::move(ready).error().in("control groups");
    if (auto ready = runtime->open_monitor_group(); !ready) return std::move(ready).error();
    if (auto ready = runtime->builder_.prepare(); !ready) return std::move(ready).error();
    return runtime;
}

core::Status LinuxRuntime::open_monitor_group() {
    const std::string directory = cgroups_.monitors();
    if (directory.empty()) return {};
    monitor_group_ = UniqueFd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return monitor_group_ ? core::Status{} : core::os_error(errno, "open " + directory);
}

core::Result<UniqueFd> LinuxRuntime::plan_file(const core::LaunchRequest& request, LiveRun& run) {
    const auto names = names_.make(core::kernel_name(request.key), request.names);
    if (!names) return core::Error(names.error()).in("files of names");
    auto plan = builder_.build(request, run.files(), *names);
    if (!plan) return std::move(plan).error();
    if (const auto& devices = request.spec.network.devices; !devices.empty()) {
        auto network = devices_.lend(core::kernel_name(request.key), devices);
        if (!network) return std::move(network).error();
        plan->network = LaunchPlan::Network::Join;
        plan->network_path = *std::move(network);
    }
    if (auto added = add_interfaces(*plan, request, bridges_); !added) return std::move(added).error();
    if (!plan->shifted_layers.empty()) {
        auto given = give_directory(request.root.upper, request.first_host_id);
        if (!given) return std::move(given).error();
    }
    run.explain_settings(setting_fields(request.spec.limits, cgroups_.layout()));
    const auto bytes = encode(plan.value());
    if (!bytes) return bytes.error();
    return sealed_memory_file("launch plan", as_text(bytes.value()));
}

core::Status LinuxRuntime::put_names(const core::RunKey& key, const core::NameFiles& files) {
    return names_.put(core::kernel_name(key), files);
}

/// The pot has ended, or a process that lingers keeps what it sees: a mount holds the file, not its name.
void LinuxRuntime::release(const core::RunKey& key, core::Reply<void> reply) {
    core::Status back = devices_.take_back(core::kernel_name(key));
    if (!back && problem_) problem_(back.error().message + "; it is tried again when potd starts");
    if (core::Status gone = names_.remove(core::kernel_name(key)); !gone)
        return loop().executor.post([reply = std::move(reply), gone = std::move(gone)] { reply(gone); });
    MonitoredRuntime::release(key, std::move(reply));
}

void LinuxRuntime::sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) {
    std::set<std::string> runs;
    for (const core::RunKey& key : live) runs.insert(core::kernel_name(key));
    core::Status swept = names_.sweep(runs);
    if (core::Status back = devices_.sweep(runs); swept) swept = std::move(back);
    MonitoredRuntime::sweep(live, [swept = std::move(swept),
                                   reply = std::move(reply)](core::Result<std::vector<std::string>> result) {
        reply(result && !swept ? core::Result<std::vector<std::string>>(swept.error()) : std::move(result));
    });
}

void LinuxRuntime::freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) {
    const RunCgroups groups = cgroups_.paths(core::kernel_name(key));
    const bool unified = !groups.unified.empty();
    const auto freezer = groups.by_controller.find("freezer");
    core::Status asked = core::error(core::ErrorKind::Unsupported, "this machine cannot freeze processes");
    std::string events;
    std::function<bool()> settled;
    if (unified) {
        const std::string switch_file = groups.unified + "/cgroup.freeze";
        const char* const wanted = frozen ? "1" : "0";
        events = groups.unified + "/cgroup.events";
        settled = [events, frozen] {
            const auto now = read_file(events);
            return now && (keyed_number(now.value(), "frozen") == (frozen ? 1 : 0));
        };
        // At start-up every adopted run is asked; the write alone makes the kernel wait for all its CPUs.
        const auto before = read_file(switch_file);
        if (before && trimmed(before.value()) == wanted && settled())
            return loop().executor.post([reply] { reply({}); });
        asked = write_existing(switch_file, wanted);
    } else if (freezer != groups.by_controller.end()) {
        const std::string state = freezer->second + "/freezer.state";
        asked = write_existing(state, frozen ? "FROZEN" : "THAWED");
        settled = [state, frozen] {
            const auto now = read_file(state);
            return now && trimmed(now.value()) == (frozen ? "FROZEN" : "THAWED");
        };
    }
    if (!asked && asked.error().kind == core::ErrorKind::NotFound) asked = no_such_run();
    if (!asked) return loop().executor.post([reply, asked] { reply(asked); });
    keep_waiting(
        [&](core::Reply<void> waited) {
            return wait_for_cgroup(loop(), events, settled, freeze_patience, std::move(waited));
        },
        reply);
}

}  // namespace potd::platform
