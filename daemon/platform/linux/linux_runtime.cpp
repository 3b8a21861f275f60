#include "daemon/platform/linux/linux_runtime.hpp"

#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/linux/text.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unix_socket.hpp"

#include <cerrno>
#include <string_view>

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

}  // namespace

LinuxRuntime::LinuxRuntime(RuntimeOptions options, Loop loop, CgroupLayout layout, UniqueFd monitor)
    : options_(std::move(options)),
      loop_(loop),
      monitor_(std::move(monitor)),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)),
      cgroups_(std::move(layout), options_.instance),
      builder_(options_.plan, cgroups_) {}

LinuxRuntime::~LinuxRuntime() {
    *alive_ = false;
    waits_.clear();
    runs_.clear();
    cgroups_.remove_top();
}

core::Result<std::unique_ptr<LinuxRuntime>> LinuxRuntime::create(RuntimeOptions options, Loop loop) {
    auto layout = discover_cgroups(options.system_root);
    if (!layout) return std::move(layout).error().in("control groups");
    auto monitor = sealed_program(options.monitor_program);
    if (!monitor) return std::move(monitor).error().in("monitor program");
    if (auto made = make_directory(options.run_directory + "/pots", 0700); !made)
        return std::move(made).error();
    std::unique_ptr<LinuxRuntime> runtime(
        new LinuxRuntime(std::move(options), loop, std::move(layout).value(), std::move(monitor).value()));
    if (!runtime->null_) return core::os_error(errno, "open /dev/null");
    if (auto ready = runtime->cgroups_.prepare(); !ready)
        return std::move(ready).error().in("control groups");
    if (auto ready = runtime->builder_.prepare(); !ready) return std::move(ready).error();
    return runtime;
}

RunFiles LinuxRuntime::files_of(const std::string& name) const {
    const std::string stem = options_.run_directory + "/pots/" + name;
    return {stem + ".sock", stem + ".exit"};
}

LiveRun& LinuxRuntime::add_run(const core::RunKey& key) {
    auto run = std::make_unique<LiveRun>(LiveRun::Parts{loop_, cgroups_, *observer_}, key,
                                         files_of(core::kernel_name(key)));
    return *(runs_[key] = std::move(run));
}

core::Result<UniqueFd> LinuxRuntime::plan_file(const core::LaunchRequest& request, LiveRun& run) {
    auto plan = builder_.build(request, run.files());
    if (!plan) return std::move(plan).error();
    if (!plan->shifted_layers.empty()) {
        auto given = give_directory(request.root.upper, request.first_host_id);
        if (!given) return std::move(given).error();
    }
    run.explain_settings(setting_fields(request.spec.limits, cgroups_.layout()));
    const auto bytes = encode(plan.value());
    if (!bytes) return bytes.error();
    return sealed_memory_file("launch plan", as_text(bytes.value()));
}

core::Status LinuxRuntime::start(const core::LaunchRequest& request) {
    LiveRun& run = add_run(request.key);
    auto plan = plan_file(request, run);
    if (!plan) return std::move(plan).error();
    auto ends = message_pair();
    if (!ends) return std::move(ends).error();
    run.connect(std::move(ends->first), request.console);
    const int null = null_.get();
    auto spawned = spawn(
        {monitor_.get(), {"potmon", request.spec.name}, {null, null, null, ends->second.get(), plan->get()}});
    if (!spawned) return std::move(spawned).error().in("start the monitor");
    run.begin(spawned->identity, std::move(spawned->process));
    return {};
}

void LinuxRuntime::launch(core::LaunchRequest request) {
    auto started = start(request);
    if (started) return;
    loop_.executor.post([this, alive = alive_, key = request.key, error = std::move(started).error()] {
        if (*alive && observer_ != nullptr) observer_->on_launch_failed(key, error);
    });
}

core::Status LinuxRuntime::signal(const core::RunKey& key, int signal_number, core::SignalTarget target) {
    const auto run = runs_.find(key);
    if (run == runs_.end()) return no_such_run();
    return run->second->signal(signal_number, target);
}

void LinuxRuntime::kill_all(const core::RunKey& key) {
    if (const auto run = runs_.find(key); run != runs_.end()) return run->second->kill();
    // A run that potd no longer follows has nobody to tell; what is left of it goes all the same.
    (void)cgroups_.kill(core::kernel_name(key));
}

void LinuxRuntime::keep(std::uint64_t id, std::unique_ptr<CgroupWait> wait) {
    waits_[id] = std::move(wait);
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
            return loop_.executor.post([reply] { reply({}); });
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
    if (!asked) return loop_.executor.post([reply, asked] { reply(asked); });
    const std::uint64_t id = ++last_wait_;
    keep(id,
         wait_for_cgroup(loop_, events, settled, freeze_patience, [this, id, reply](const core::Status& end) {
             waits_.erase(id);
             reply(end);
         }));
}

std::shared_ptr<ExecTable> LinuxRuntime::execs(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    if (run == runs_.end() || run->second->over()) return nullptr;
    return run->second->execs();
}

std::shared_ptr<Console> LinuxRuntime::console(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    if (run == runs_.end() || run->second->over()) return nullptr;
    return run->second->console();
}

}  // namespace potd::platform
