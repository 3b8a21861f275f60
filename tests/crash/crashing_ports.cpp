#include "tests/crash/crashing_ports.hpp"

#include <utility>

namespace potd::crash {
namespace {

/// Calls, with a point on either side.
template <class Call>
decltype(auto) around(CrashPoints& points, std::string_view what, Call&& call) {
    points.pass(what, "before");
    if constexpr (std::is_void_v<decltype(call())>) {
        call();
        points.pass(what, "after");
    } else {
        decltype(auto) result = call();
        points.pass(what, "after");
        return result;
    }
}

/// The callback, with a point on either side; an empty one stays empty.
template <class... Arguments>
std::function<void(Arguments...)> around_callback(CrashPoints& points, std::string_view what,
                                                  std::function<void(Arguments...)> callback) {
    if (!callback) return {};
    return [&points, what, callback = std::move(callback)](Arguments... arguments) {
        around(points, what, [&] { callback(std::forward<Arguments>(arguments)...); });
    };
}

}  // namespace

void CrashingJournal::commit(std::vector<core::Change> changes, core::Durability durability,
                             Recorded recorded, Durable durable) {
    around(points_, "commit", [&] {
        inner_.commit(std::move(changes), durability,
                      around_callback(points_, "recorded", std::move(recorded)),
                      around_callback(points_, "durable", std::move(durable)));
    });
}

void CrashingRuntime::set_observer(core::RunObserver* observer) {
    observer_ = observer;
    inner_.set_observer(this);
}

core::Status CrashingRuntime::check(const core::PotSpec& spec) {
    return inner_.check(spec);
}

void CrashingRuntime::launch(core::LaunchRequest request) {
    around(points_, "launch", [&] { inner_.launch(std::move(request)); });
}

core::Status CrashingRuntime::signal(const core::RunKey& key, int signal_number,
                                     const core::SignalTarget& target) {
    return around(points_, "signal", [&] { return inner_.signal(key, signal_number, target); });
}

void CrashingRuntime::kill_all(const core::RunKey& key) {
    around(points_, "kill all", [&] { inner_.kill_all(key); });
}

void CrashingRuntime::freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) {
    around(points_, "freeze",
           [&] { inner_.freeze(key, frozen, around_callback(points_, "frozen", std::move(reply))); });
}

core::Status CrashingRuntime::put_names(const core::RunKey& key, const core::NameFiles& files) {
    return around(points_, "put names", [&] { return inner_.put_names(key, files); });
}

void CrashingRuntime::release(const core::RunKey& key, core::Reply<void> reply) {
    around(points_, "release",
           [&] { inner_.release(key, around_callback(points_, "released", std::move(reply))); });
}

void CrashingRuntime::adopt(const core::RunKey& key, const core::RunProcesses& stored,
                            core::Reply<core::Adopted> reply) {
    around(points_, "adopt",
           [&] { inner_.adopt(key, stored, around_callback(points_, "adopted", std::move(reply))); });
}

void CrashingRuntime::sweep(const std::vector<core::RunKey>& live,
                            core::Reply<std::vector<std::string>> reply) {
    around(points_, "sweep of runs",
           [&] { inner_.sweep(live, around_callback(points_, "runs swept", std::move(reply))); });
}

void CrashingRuntime::on_spawned(const core::RunKey& key, const core::ProcessIdentity& monitor) {
    around(points_, "spawned", [&] { observer_->on_spawned(key, monitor); });
}

void CrashingRuntime::on_started(const core::RunKey& key, const core::RunProcesses& processes,
                                 core::WallTime at) {
    around(points_, "started", [&] { observer_->on_started(key, processes, at); });
}

void CrashingRuntime::on_launch_failed(const core::RunKey& key, const core::Error& error) {
    around(points_, "launch failed", [&] { observer_->on_launch_failed(key, error); });
}

void CrashingRuntime::on_oom(const core::RunKey& key, const core::OomFacts& facts) {
    around(points_, "oom", [&] { observer_->on_oom(key, facts); });
}

void CrashingRuntime::on_exited(const core::RunKey& key, const core::ExitRecord& record) {
    around(points_, "exited", [&] { observer_->on_exited(key, record); });
}

core::Status CrashingHookRunner::check(const core::HookSpec& hook, std::string_view field) {
    return inner_.check(hook, field);
}

void CrashingHookRunner::run(core::HookRequest request, Done done) {
    around(points_, "hook",
           [&] { inner_.run(std::move(request), around_callback(points_, "hook done", std::move(done))); });
}

void CrashingHookRunner::cancel(const core::RunKey& key) {
    around(points_, "cancel of a hook", [&] { inner_.cancel(key); });
}

core::Status CrashingHookRunner::sweep() {
    return around(points_, "sweep of hooks", [&] { return inner_.sweep(); });
}

void CrashingFileSystem::create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) {
    around(points_, "files",
           [&] { inner_.create(id, base, around_callback(points_, "files made", std::move(reply))); });
}

core::Result<core::RootFs> CrashingFileSystem::root(const core::PotId& id, const core::Base& base) {
    return around(points_, "root", [&] { return inner_.root(id, base); });
}

core::Status CrashingFileSystem::discard(const core::PotId& id) {
    return around(points_, "discard", [&] { return inner_.discard(id); });
}

std::string CrashingFileSystem::log_directory(const core::PotId& id) const {
    return inner_.log_directory(id);
}

void CrashingFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id,
                               core::Reply<void> reply) {
    around(points_, "clone",
           [&] { inner_.clone(source, id, around_callback(points_, "cloned", std::move(reply))); });
}

void CrashingFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    around(points_, "snapshot",
           [&] { inner_.snapshot(key, around_callback(points_, "snapshot made", std::move(reply))); });
}

void CrashingFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    around(points_, "rollback",
           [&] { inner_.rollback(key, around_callback(points_, "rolled back", std::move(reply))); });
}

void CrashingFileSystem::prepare_limits(core::Reply<void> reply) {
    around(points_, "preparation of limits",
           [&] { inner_.prepare_limits(around_callback(points_, "limits prepared", std::move(reply))); });
}

void CrashingFileSystem::limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) {
    around(points_, "limit",
           [&] { inner_.limit(id, bytes, around_callback(points_, "limited", std::move(reply))); });
}

void CrashingFileSystem::lend(const core::SnapshotKey& key, const core::Base& base,
                              core::Reply<core::LentTree> reply) {
    around(points_, "lend",
           [&] { inner_.lend(key, base, around_callback(points_, "lent", std::move(reply))); });
}

void CrashingFileSystem::give_back(const core::LentTree& tree) {
    around(points_, "give back", [&] { inner_.give_back(tree); });
}

core::Status CrashingFileSystem::discard(const core::SnapshotKey& key) {
    return around(points_, "discard of a snapshot", [&] { return inner_.discard(key); });
}

void CrashingFileSystem::measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) {
    inner_.measure(key, std::move(reply));
}

void CrashingFileSystem::measure(const core::PotId& id, core::Reply<std::int64_t> reply) {
    inner_.measure(id, std::move(reply));
}

core::Status CrashingFileSystem::sweep(const std::vector<core::PotId>& known,
                                       const std::vector<core::SnapshotKey>& snapshots,
                                       const core::DiskLimits& limits) {
    return around(points_, "sweep of files", [&] { return inner_.sweep(known, snapshots, limits); });
}

void CrashingLiveMounts::mount(const core::RunKey& key, const core::MountSpec& mount,
                               std::uint32_t first_host_id, core::Reply<void> reply) {
    around(points_, "mount", [&] {
        inner_.mount(key, mount, first_host_id, around_callback(points_, "mounted", std::move(reply)));
    });
}

void CrashingLiveMounts::unmount(const core::RunKey& key, const core::MountSpec& mount,
                                 core::Reply<void> reply) {
    around(points_, "unmount",
           [&] { inner_.unmount(key, mount, around_callback(points_, "unmounted", std::move(reply))); });
}

void CrashingLimiter::set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) {
    around(points_, "limits of a run",
           [&] { inner_.set(key, limits, around_callback(points_, "limited", std::move(reply))); });
}

core::Status CrashingNetworks::raise(const core::Bridge& bridge) {
    return around(points_, "raise", [&] { return inner_.raise(bridge); });
}

core::Status CrashingNetworks::remove(const std::string& bridge) {
    return around(points_, "removal of a network", [&] { return inner_.remove(bridge); });
}

core::Status CrashingNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    return around(points_, "connect", [&] { return inner_.connect(run, connections); });
}

core::Status CrashingNetworks::change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) {
    return around(points_, "change of ports", [&] { return inner_.change_ports(run, ports); });
}

core::Status CrashingNetworks::change_rates(const core::RunKey& run, const core::TrafficRates& rates) {
    return around(points_, "change of rates", [&] { return inner_.change_rates(run, rates); });
}

core::Status CrashingNetworks::disconnect(const core::RunKey& run) {
    return around(points_, "disconnect", [&] { return inner_.disconnect(run); });
}

core::Status CrashingNetworks::settle(const std::vector<core::Bridge>& bridges, const Live& live) {
    return around(points_, "settling of networks", [&] { return inner_.settle(bridges, live); });
}

void CrashingVolumeStore::create(const std::string& name, core::Reply<void> reply) {
    around(points_, "fscomp",
           [&] { inner_.create(name, around_callback(points_, "fscomp made", std::move(reply))); });
}

void CrashingVolumeStore::measure(const std::string& name, core::Reply<std::int64_t> reply) {
    inner_.measure(name, std::move(reply));
}

void CrashingVolumeStore::limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) {
    around(points_, "limit of an fscomp",
           [&] { inner_.limit(name, bytes, around_callback(points_, "fscomp limited", std::move(reply))); });
}

core::Status CrashingVolumeStore::discard(const std::string& name) {
    return around(points_, "discard of an fscomp", [&] { return inner_.discard(name); });
}

void CrashingVolumeStore::measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) {
    inner_.measure(key, std::move(reply));
}

void CrashingVolumeStore::snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    around(points_, "snapshot of an fscomp", [&] {
        inner_.snapshot(key, around_callback(points_, "fscomp's snapshot made", std::move(reply)));
    });
}

void CrashingVolumeStore::rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    around(points_, "rollback of an fscomp",
           [&] { inner_.rollback(key, around_callback(points_, "fscomp rolled back", std::move(reply))); });
}

void CrashingVolumeStore::clone(const core::VolumeSnapshotKey& source, const std::string& name,
                                core::Reply<void> reply) {
    around(points_, "clone of an fscomp",
           [&] { inner_.clone(source, name, around_callback(points_, "fscomp cloned", std::move(reply))); });
}

core::Status CrashingVolumeStore::discard(const core::VolumeSnapshotKey& key) {
    return around(points_, "discard of an fscomp's snapshot", [&] { return inner_.discard(key); });
}

core::Status CrashingVolumeStore::sweep(const std::vector<std::string>& known,
                                        const std::vector<core::VolumeSnapshotKey>& snapshots,
                                        const core::VolumeLimits& limits) {
    return around(points_, "sweep of fscomps", [&] { return inner_.sweep(known, snapshots, limits); });
}

}  // namespace potd::crash
