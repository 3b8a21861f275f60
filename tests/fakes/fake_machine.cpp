#include "tests/fakes/fake_machine.hpp"

#include <algorithm>
#include <utility>

namespace potd::fakes {

using core::RunKey;

void FakeRuntime::launch(core::LaunchRequest request) {
    const RunKey key = request.key;
    calls.push_back("launch " + std::to_string(key.run));
    runs[key] = FakeRun{Phase::Launching, false, {}, std::move(request)};
    const auto live = std::count_if(runs.begin(), runs.end(), [&](const auto& item) {
        return item.first.pot == key.pot && item.second.phase != Phase::Ended;
    });
    most_live_runs_of_a_pot = std::max(most_live_runs_of_a_pot, static_cast<std::size_t>(live));
    if (start_at_once) come_up(key);
}

core::Status FakeRuntime::signal(const RunKey& key, int signal_number, const core::SignalTarget& target) {
    signalled = target.pids;
    calls.push_back("signal " + std::to_string(key.run) + " " + std::to_string(signal_number));
    const auto found = runs.find(key);
    if (found == runs.end() || found->second.phase == Phase::Ended) {
        return core::error(core::ErrorKind::NotFound, "no such run");
    }
    if (obey_signals && signal_number == 15) {
        core::ExitRecord record;
        record.signal = signal_number;
        end(key, record);
    }
    return {};
}

void FakeRuntime::kill_all(const RunKey& key) {
    calls.push_back("kill " + std::to_string(key.run));
    const auto found = runs.find(key);
    if (found == runs.end() || found->second.phase == Phase::Ended) return;
    if (found->second.phase == Phase::Launching) {
        fail_launch(key, core::error(core::ErrorKind::Cancelled, "killed"));
        return;
    }
    core::ExitRecord record;
    record.signal = 9;
    end(key, record);
}

void FakeRuntime::freeze(const RunKey& key, bool frozen, core::Reply<void> reply) {
    calls.push_back((frozen ? "freeze " : "thaw ") + std::to_string(key.run));
    if (!freeze_error && runs.contains(key)) runs[key].frozen = frozen;
    loop_.post([reply = std::move(reply), error = freeze_error] {
        reply(error ? core::Status(*error) : core::Status());
    });
}

core::Status FakeRuntime::put_names(const RunKey& key, const core::NameFiles& files) {
    const auto run = runs.find(key);
    if (run == runs.end()) return core::error(core::ErrorKind::NotFound, "no such run");
    if (names_error) return *names_error;
    ++names_put;
    const auto put = [](core::NameFile& there, const core::NameFile& next) {
        using Kind = core::NameFile::Kind;
        const bool fixed = there.kind == Kind::Own || there.kind == Kind::Host;
        if (!fixed && next.kind != Kind::Own) there = next;
    };
    put(run->second.request.names.hosts, files.hosts);
    put(run->second.request.names.resolver, files.resolver);
    return {};
}

void FakeRuntime::release(const RunKey& key, core::Reply<void> reply) {
    calls.push_back("release " + std::to_string(key.run));
    runs.erase(key);
    loop_.post([reply = std::move(reply)] { reply({}); });
}

core::RunProcesses FakeRuntime::processes_of(const FakeRun& run) {
    core::RunProcesses processes;
    processes.monitor = {98, 1};
    processes.init = {99, 1};
    if (!run.request.spec.command.empty()) processes.main = {100, 1};
    return processes;
}

void FakeRuntime::adopt(const RunKey& key, const core::RunProcesses&, core::Reply<core::Adopted> reply) {
    calls.push_back("adopt " + std::to_string(key.run));
    core::Adopted adopted;
    const auto found = runs.find(key);
    if (found == runs.end()) {
        adopted.end.lost = true;
        adopted.end.reason = "lost: the monitor is gone";
    } else if (found->second.phase == Phase::Ended) {
        adopted.kind = core::Adopted::Kind::Ended;
        adopted.end = found->second.end;
    } else {
        adopted.kind = found->second.phase == Phase::Running ? core::Adopted::Kind::Running
                                                             : core::Adopted::Kind::Starting;
        adopted.processes = processes_of(found->second);
        if (found->second.phase == Phase::Launching) come_up(key);
    }
    loop_.post([reply = std::move(reply), adopted = std::move(adopted)] { reply(adopted); });
}

void FakeRuntime::sweep(const std::vector<RunKey>& live, core::Reply<std::vector<std::string>> reply) {
    std::vector<std::string> removed;
    std::erase_if(runs, [&](const auto& item) {
        const bool orphan = std::find(live.begin(), live.end(), item.first) == live.end();
        if (orphan) removed.push_back(core::kernel_name(item.first));
        return orphan;
    });
    loop_.post([reply = std::move(reply), removed = std::move(removed)] { reply(removed); });
}

void FakeRuntime::come_up(const RunKey& key) {
    loop_.post([this, key] {
        const auto found = runs.find(key);
        if (found == runs.end() || found->second.phase != Phase::Launching) return;
        found->second.phase = Phase::Running;
        observer_->on_started(key, processes_of(found->second), {1});
    });
}

void FakeRuntime::fail_launch(const RunKey& key, core::Error error) {
    loop_.post([this, key, error = std::move(error)] {
        const auto found = runs.find(key);
        if (found == runs.end() || found->second.phase != Phase::Launching) return;
        found->second.phase = Phase::Ended;
        observer_->on_launch_failed(key, error);
    });
}

void FakeRuntime::end(const RunKey& key, core::ExitRecord record) {
    loop_.post([this, key, record = std::move(record)] {
        const auto found = runs.find(key);
        if (found == runs.end() || found->second.phase != Phase::Running) return;
        found->second.phase = Phase::Ended;
        found->second.end = record;
        observer_->on_exited(key, record);
    });
}

void FakeRuntime::exit(const RunKey& key, int code) {
    core::ExitRecord record;
    record.exit_code = code;
    end(key, std::move(record));
}

namespace {

class FakeSession : public core::ExecSession {
  public:
    explicit FakeSession(std::shared_ptr<FakeExecHost::Execution> execution)
        : execution_(std::move(execution)) {
        execution_->session = held_;
    }
    void start(Output output, Done done) override {
        execution_->output = std::move(output);
        execution_->done = std::move(done);
    }
    void pause_output(bool) override {}
    core::Status write(std::string_view) override { return {}; }
    [[nodiscard]] std::size_t unwritten() const override { return 0; }
    void close_stdin() override {}
    core::Status resize(std::uint16_t, std::uint16_t) override { return {}; }
    core::Status signal(int number) override {
        execution_->signals.push_back(number);
        return {};
    }

  private:
    std::shared_ptr<FakeExecHost::Execution> execution_;
    std::shared_ptr<int> held_ = std::make_shared<int>(0);
};

}  // namespace

void FakeExecHost::exec(const RunKey& key, core::ExecRequest request,
                        core::Reply<std::unique_ptr<core::ExecSession>> reply) {
    if (exec_error) {
        loop_.post([reply = std::move(reply), error = *exec_error] { reply(error); });
        return;
    }
    executions.push_back(std::make_shared<Execution>(Execution{key, std::move(request), {}, {}, {}}));
    loop_.post([reply = std::move(reply), execution = executions.back()] {
        reply(std::unique_ptr<core::ExecSession>(std::make_unique<FakeSession>(execution)));
    });
}

void FakeExecHost::end(std::size_t which, int exit_code) {
    loop_.post([execution = executions.at(which), exit_code] {
        if (!execution->session.expired()) execution->done({exit_code, 0});
    });
}

void FakeExecHost::attach(const RunKey& key, const core::AttachOptions& options,
                          core::Reply<std::unique_ptr<core::ExecSession>> reply) {
    attached.push_back(key);
    lossless.push_back(options.lossless);
    loop_.post([reply = std::move(reply)] { reply(std::unique_ptr<core::ExecSession>()); });
}

void FakeFileSystem::create(const core::PotId& id, const core::Base&, core::Reply<void> reply) {
    if (!create_error) exist.insert(id);
    loop_.post([reply = std::move(reply), error = create_error] {
        reply(error ? core::Status(*error) : core::Status());
    });
}

core::Result<core::RootFs> FakeFileSystem::root(const core::PotId& id, const core::Base&) {
    if (root_error) return *root_error;
    core::RootFs root;
    root.path = "/fake/" + id.text;
    return root;
}

core::Status FakeFileSystem::discard(const core::PotId& id) {
    exist.erase(id);
    limits.erase(id);
    std::erase_if(snapshots, [&](const auto& item) { return item.first.pot == id; });
    return {};
}

void FakeFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) {
    if (!create_error) {
        exist.insert(id);
        content[id] = snapshots.at(source);
    }
    answer(std::move(reply), create_error);
}

void FakeFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    if (!snapshot_error) snapshots[key] = content[key.pot];
    answer(std::move(reply), snapshot_error);
}

void FakeFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    if (!snapshot_error) content[key.pot] = snapshots.at(key);
    answer(std::move(reply), snapshot_error);
}

void FakeFileSystem::prepare_limits(core::Reply<void> reply) {
    answer(std::move(reply), limit_error);
}

void FakeFileSystem::limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) {
    std::optional<core::Error> refused = limit_error;
    const auto used = static_cast<std::int64_t>(content[id].size());
    if (!refused && !exist.contains(id)) refused = core::error(core::ErrorKind::NotFound, "no such pot");
    if (!refused && bytes != 0 && used > bytes)
        refused =
            core::error(core::ErrorKind::Conflict, std::to_string(bytes) + " bytes are less than the " +
                                                       std::to_string(used) + " that are in it already");
    if (!refused && bytes == 0) limits.erase(id);
    if (!refused && bytes != 0) limits[id] = bytes;
    answer(std::move(reply), refused);
}

void FakeFileSystem::answer(core::Reply<void> reply, const std::optional<core::Error>& error) {
    loop_.post([reply = std::move(reply), error] { reply(error ? core::Status(*error) : core::Status()); });
}

void FakeFileSystem::lend(const core::SnapshotKey& key, const core::Base&,
                          core::Reply<core::LentTree> reply) {
    lent.insert(key);
    core::LentTree tree;
    tree.key = key;
    tree.root.path = key.number == 0 ? content[key.pot] : snapshots.at(key);
    loop_.post([reply = std::move(reply), tree = std::move(tree)] { reply(tree); });
}

void FakeFileSystem::give_back(const core::LentTree& tree) {
    lent.erase(lent.find(tree.key));
}

core::Status FakeFileSystem::discard(const core::SnapshotKey& key) {
    snapshots.erase(key);
    return {};
}

void FakeFileSystem::measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) {
    core::Result<std::int64_t> bytes = static_cast<std::int64_t>(snapshots[key].size());
    if (measure_error) bytes = *measure_error;
    loop_.post([reply = std::move(reply), bytes = std::move(bytes)] { reply(bytes); });
}

void FakeFileSystem::measure(const core::PotId& id, core::Reply<std::int64_t> reply) {
    const auto bytes = static_cast<std::int64_t>(content[id].size());
    loop_.post([reply = std::move(reply), bytes] { reply(bytes); });
}

core::Status FakeFileSystem::sweep(const std::vector<core::PotId>& known,
                                   const std::vector<core::SnapshotKey>& kept,
                                   const core::DiskLimits& recorded) {
    limits = recorded;
    lent.clear();
    std::erase_if(snapshots, [&](const auto& item) {
        return std::find(kept.begin(), kept.end(), item.first) == kept.end();
    });
    std::erase_if(exist, [&](const core::PotId& id) {
        return std::find(known.begin(), known.end(), id) == known.end();
    });
    return {};
}

core::Status FakeLimiter::put(const core::RunKey& key, const core::Limits& limits) {
    if (error) return *error;
    const auto use = in_use.find(key);
    if (use == in_use.end() && !in_use.empty())
        return core::error(core::ErrorKind::NotFound, "the pot is not running");
    if (use != in_use.end() && limits.memory != 0 && limits.memory < use->second) {
        core::Error refused = core::error(
            core::ErrorKind::Conflict, "limits.memory: " + std::to_string(use->second) + " bytes are in use");
        refused.field = "limits.memory";
        return refused;
    }
    held[key] = limits;
    return {};
}

void FakeLimiter::set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) {
    ++calls;
    const auto done = [this, key, limits, reply = std::move(reply)] { reply(put(key, limits)); };
    if (hold) return waiting_.push_back(done);
    loop_.post(done);
}

void FakeLimiter::answer() {
    hold = false;
    for (auto& done : std::exchange(waiting_, {})) loop_.post(std::move(done));
}

void FakeLiveMounts::mount(const core::RunKey& key, const core::MountSpec& mount, std::uint32_t,
                           core::Reply<void> reply) {
    if (!error) shown[key].push_back(mount);
    loop_.post(
        [reply = std::move(reply), error = error] { reply(error ? core::Status(*error) : core::Status()); });
}

void FakeLiveMounts::unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) {
    core::Status status;
    if (error)
        status = *error;
    else if (std::erase(shown[key], mount) == 0)
        status = core::error(core::ErrorKind::NotFound, "not mounted");
    loop_.post([reply = std::move(reply), status = std::move(status)] { reply(status); });
}

void FakeVolumeStore::create(const std::string& name, core::Reply<void> reply) {
    core::Status made;
    if (create_error)
        made = *create_error;
    else if (!exist.emplace(name, 0).second)
        made = core::error(core::ErrorKind::Conflict, "there is a tree of that name");
    answer(std::move(reply), std::move(made));
}

void FakeVolumeStore::answer(core::Reply<void> reply, core::Status status) {
    loop_.post([reply = std::move(reply), status = std::move(status)] { reply(status); });
}

void FakeVolumeStore::measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) {
    core::Result<std::int64_t> bytes = core::error(core::ErrorKind::NotFound, "gone");
    if (const auto found = snapshots.find(key); found != snapshots.end()) bytes = found->second;
    if (measure_error) bytes = *measure_error;
    loop_.post([reply = std::move(reply), bytes = std::move(bytes)] { reply(bytes); });
}

void FakeVolumeStore::snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    if (snapshot_error) return answer(std::move(reply), *snapshot_error);
    snapshots[key] = exist.at(key.volume);
    answer(std::move(reply), {});
}

void FakeVolumeStore::rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    if (snapshot_error) return answer(std::move(reply), *snapshot_error);
    exist.at(key.volume) = snapshots.at(key);
    answer(std::move(reply), {});
}

void FakeVolumeStore::clone(const core::VolumeSnapshotKey& source, const std::string& name,
                            core::Reply<void> reply) {
    create(name, std::move(reply));
    if (!create_error) exist[name] = snapshots.at(source);
}

core::Status FakeVolumeStore::discard(const core::VolumeSnapshotKey& key) {
    snapshots.erase(key);
    return {};
}

void FakeVolumeStore::measure(const std::string& name, core::Reply<std::int64_t> reply) {
    core::Result<std::int64_t> bytes = core::error(core::ErrorKind::NotFound, "gone");
    if (const auto found = exist.find(name); found != exist.end()) bytes = found->second;
    loop_.post([reply = std::move(reply), bytes = std::move(bytes)] { reply(bytes); });
}

void FakeVolumeStore::limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) {
    core::Status done;
    const auto found = exist.find(name);
    if (limit_error)
        done = *limit_error;
    else if (found == exist.end())
        done = core::error(core::ErrorKind::NotFound, "gone");
    else if (bytes != 0 && !can_limit)
        done = core::error(core::ErrorKind::Unsupported, "there are no quotas");
    else if (bytes != 0 && found->second > bytes)
        done = core::error(core::ErrorKind::Conflict, std::to_string(bytes) + " bytes are less than the " +
                                                          std::to_string(found->second) +
                                                          " that are in it already");
    else if (bytes == 0)
        limits.erase(name);
    else
        limits[name] = bytes;
    answer(std::move(reply), std::move(done));
}

core::Status FakeVolumeStore::discard(const std::string& name) {
    exist.erase(name);
    limits.erase(name);
    std::erase_if(snapshots, [&](const auto& item) { return item.first.volume == name; });
    return {};
}

core::Status FakeVolumeStore::sweep(const std::vector<std::string>& known,
                                    const std::vector<core::VolumeSnapshotKey>& known_snapshots,
                                    const core::VolumeLimits& recorded) {
    limits = recorded;
    std::erase_if(exist, [&](const auto& item) {
        return std::find(known.begin(), known.end(), item.first) == known.end();
    });
    std::erase_if(snapshots, [&](const auto& item) {
        return std::find(known_snapshots.begin(), known_snapshots.end(), item.first) == known_snapshots.end();
    });
    return {};
}

namespace {
/// Where there are no directories: NAME, or NAME@REVISION.
std::string fake_tree(const core::Base& base) {
    return base.revision == 1 ? base.name : base.name + "@" + std::to_string(base.revision);
}
}  // namespace

void FakeBaseStore::install(const core::BaseRequest& request, Progress progress,
                            core::Reply<core::Base> reply) {
    core::Base base;
    base.name = request.name;
    base.source = request.source;
    base.revision = request.revision;
    base.path = fake_tree(base);
    if (request.tree) {
        base.origin = request.origin;
        base.binds = request.binds;
        content[base.path] = request.tree->root.path;
    }
    if (progress) progress({3, 10, "bytes", "fetches " + base.name});
    if (hold) {
        const std::string name = base.name;
        held_[name] = {std::move(base), std::move(reply)};
        return;
    }
    if (!install_error) installed.insert(base.path);
    loop_.post([reply = std::move(reply), base = std::move(base), error = install_error] {
        reply(error ? core::Result<core::Base>(*error) : core::Result<core::Base>(base));
    });
}

void FakeBaseStore::finish() {
    for (auto& [name, one] : std::exchange(held_, {})) {
        installed.insert(one.first.path);
        loop_.post([ready = std::move(one)] { ready.second(ready.first); });
    }
}

void FakeBaseStore::cancel(std::string_view name) {
    auto found = held_.extract(std::string(name));
    if (!found) return;
    loop_.post([reply = std::move(found.mapped().second)] {
        reply(core::error(core::ErrorKind::Cancelled, "stopped"));
    });
}

void FakeBaseStore::remove(const core::Base& base, core::Reply<void> reply) {
    installed.erase(fake_tree(base));
    loop_.post([reply = std::move(reply)] { reply({}); });
}

core::Status FakeBaseStore::sweep(const std::vector<core::Base>& known) {
    std::set<std::string> trees;
    for (const core::Base& base : known) {
        trees.insert(fake_tree(base));
        for (const core::BaseRevision& other : base.others) trees.insert(other.path);
    }
    std::erase_if(installed, [&](const std::string& tree) { return !trees.contains(tree); });
    held_.clear();
    return {};
}

}  // namespace potd::fakes
