#include "daemon/platform/posix/monitored_runtime.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unix_socket.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>

namespace potd::platform {

MonitoredRuntime::MonitoredRuntime(Loop loop, std::string run_directory, UniqueFd monitor)
    : loop_(loop),
      directory_(std::move(run_directory) + "/pots"),
      monitor_(std::move(monitor)),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {}

MonitoredRuntime::~MonitoredRuntime() {
    forget_runs();
}

void MonitoredRuntime::forget_runs() {
    *alive_ = false;
    waits_.clear();
    runs_.clear();
}

core::Status MonitoredRuntime::prepare_places() {
    if (!null_) return core::os_error(errno, "open /dev/null");
    return make_directory(directory_, 0700);
}

RunFiles MonitoredRuntime::files_of(const std::string& name) const {
    const std::string stem = directory_ + "/" + name;
    return {stem + ".sock", stem + ".exit"};
}

LiveRun& MonitoredRuntime::add_run(const core::RunKey& key) {
    auto run = std::make_unique<LiveRun>(LiveRun::Parts{loop_, enclosures(), *observer_}, key,
                                         files_of(core::kernel_name(key)));
    return *(runs_[key] = std::move(run));
}

core::Status MonitoredRuntime::start(const core::LaunchRequest& request) {
    LiveRun& run = add_run(request.key);
    auto plan = plan_file(request, run);
    if (!plan) return std::move(plan).error();
    auto ends = message_pair();
    if (!ends) return std::move(ends).error();
    run.connect(std::move(ends->first), request.console);
    const int null = null_.get();
    auto spawned = spawn({monitor_.get(),
                          {"potmon", request.spec.name},
                          {null, null, null, ends->second.get(), plan->get()},
                          monitor_group()});
    if (!spawned) return std::move(spawned).error().in("start the monitor");
    run.begin(std::move(spawned).value());
    return {};
}

void MonitoredRuntime::launch(core::LaunchRequest request) {
    auto started = start(request);
    if (started) return;
    loop_.executor.post([this, alive = alive_, key = request.key, error = std::move(started).error()] {
        if (*alive && observer_ != nullptr) observer_->on_launch_failed(key, error);
    });
}

core::Status MonitoredRuntime::signal(const core::RunKey& key, int signal_number,
                                      const core::SignalTarget& target) {
    const auto run = runs_.find(key);
    if (run == runs_.end()) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    return run->second->signal(signal_number, target);
}

void MonitoredRuntime::kill_all(const core::RunKey& key) {
    if (const auto run = runs_.find(key); run != runs_.end()) return run->second->kill();
    // A run that potd no longer follows has nobody to tell; what is left of it goes all the same.
    (void)enclosures().kill(core::kernel_name(key));
}

void MonitoredRuntime::keep_waiting(const BeginWait& begin, const core::Reply<void>& reply) {
    const std::uint64_t id = ++last_wait_;
    waits_[id] = begin([this, id, reply](const core::Status& end) {
        waits_.erase(id);
        reply(end);
    });
}

std::shared_ptr<ExecTable> MonitoredRuntime::execs(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    if (run == runs_.end() || run->second->over()) return nullptr;
    return run->second->execs();
}

core::Result<core::ProcessIdentity> MonitoredRuntime::init_of(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    if (run == runs_.end() || run->second->over() || run->second->processes().init.pid == 0)
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    return run->second->processes().init;
}

LiveRun* MonitoredRuntime::live_run(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    return run == runs_.end() || run->second->over() ? nullptr : run->second.get();
}

std::shared_ptr<Console> MonitoredRuntime::console(const core::RunKey& key) const {
    const auto run = runs_.find(key);
    if (run == runs_.end() || run->second->over()) return nullptr;
    return run->second->console();
}

}  // namespace potd::platform
