#include "tests/sim/sim_machine.hpp"

#include <algorithm>

namespace potd::sim {
namespace {

using core::RunKey;

constexpr int sigkill = 9;
constexpr int sigterm = 15;

core::ExitRecord ended_by(int signal) {
    core::ExitRecord record;
    record.signal = signal;
    return record;
}

core::ExitRecord lost(const char* reason) {
    core::ExitRecord record;
    record.lost = true;
    record.reason = reason;
    return record;
}

core::Error broken(const char* what) {
    return core::error(core::ErrorKind::Internal, what);
}

bool one_in(std::uint32_t how, std::uint32_t n) {
    return how % n == 0;
}

}  // namespace

// What potd asks of runs

void SimMachine::launch(core::LaunchRequest request) {
    const RunKey key = request.key;
    judge_.note([&] { return "    launch " + core::kernel_name(key); });
    for (const auto& [other, life] : lives) {
        judge_.expect(other.pot != key.pot || life.left_over, "I1", [&, &there = other] {
            return core::kernel_name(key) + " is launched while " + core::kernel_name(there) +
                   " is on the machine";
        });
    }
    const core::Run* const run = store_.run(key);
    judge_.expect(run != nullptr && !run->end && run->stage == core::RunStage::Launching, "I1",
                  [&] { return core::kernel_name(key) + " is launched without a record"; });
    judge_.expect(!hooks_.is_alive(key), "I3",
                  [&] { return core::kernel_name(key) + " is launched while a hook runs"; });
    Life life;
    life.stubborn = (key.run + static_cast<unsigned char>(key.pot.text.back())) % 4 == 0;
    life.oom_policy = request.spec.oom.policy;
    life.names = std::move(request.names);
    lives[key] = std::move(life);
}

core::Status SimMachine::put_names(const RunKey& key, const core::NameFiles& files) {
    const auto found = lives.find(key);
    if (found == lives.end()) return core::error(core::ErrorKind::NotFound, "no such run");
    if (take_file_failure())
        return core::error(core::ErrorKind::ResourceExhausted, "the file is not written");
    if (files.hosts.kind != core::NameFile::Kind::Own) found->second.names.hosts = files.hosts;
    if (files.resolver.kind != core::NameFile::Kind::Own) found->second.names.resolver = files.resolver;
    return {};
}

core::Status SimMachine::signal(const RunKey& key, int number, const core::SignalTarget&) {
    judge_.note([&] { return "    signal " + core::kernel_name(key) + " " + std::to_string(number); });
    const auto found = lives.find(key);
    if (found == lives.end() || found->second.phase != Phase::Running)
        return core::error(core::ErrorKind::NotFound, "no such run");
    if (number == sigkill)
        end(key, found->second, ended_by(sigkill));
    else
        found->second.asked = true;
    return {};
}

void SimMachine::kill_all(const RunKey& key) {
    judge_.note([&] { return "    kill " + core::kernel_name(key); });
    const auto found = lives.find(key);
    if (found == lives.end()) return;
    if (found->second.phase == Phase::Launching)
        fail_launch(key, found->second, core::error(core::ErrorKind::Cancelled, "killed"));
    else if (found->second.phase == Phase::Running)
        end(key, found->second, ended_by(sigkill));
}

void SimMachine::freeze(const RunKey& key, bool frozen, core::Reply<void> reply) {
    push(frozen ? "freeze" : "thaw", [this, key, frozen, reply = std::move(reply)](std::uint32_t how) {
        const auto found = lives.find(key);
        const bool there = found != lives.end() && found->second.phase == Phase::Running;
        core::Status status;
        if (!there)
            status = core::error(core::ErrorKind::NotFound, "no such run");
        else if ((found->second.stuck = one_in(how, 5)))
            status = broken("the freezer is stuck");
        else
            found->second.frozen = frozen;
        loop_.post([reply, status] { reply(status); });
    });
}

void SimMachine::release(const RunKey& key, core::Reply<void> reply) {
    judge_.note([&] { return "    release " + core::kernel_name(key); });
    const core::Run* const run = store_.run(key);
    judge_.expect(run != nullptr && run->end, "I2",
                  [&] { return core::kernel_name(key) + " is released before its end is recorded"; });
    push("release", [this, key, reply = std::move(reply)](std::uint32_t how) {
        core::Status status;
        remove_released(key, how, status);
        loop_.post([reply, status] { reply(status); });
    });
}

void SimMachine::remove_released(const RunKey& key, std::uint32_t how, core::Status& status) {
    const auto found = lives.find(key);
    if (found == lives.end()) return;
    check_end(key, found->second);
    if (one_in(how, 6)) {
        // Whatever lived is dead; what it had resists.
        found->second.phase = Phase::Ended;
        found->second.left_over = true;
        status = broken("a mount is busy");
        return;
    }
    if (!found->second.failure && found->second.phase == Phase::Ended && echoes_.size() < 4)
        echoes_.emplace_back(key, found->second.end);
    lives.erase(found);
}

/// What is recorded of its end must be what happened.
void SimMachine::check_end(const RunKey& key, const Life& life) {
    const core::Run* const run = store_.run(key);
    if (run == nullptr || !run->end || life.disowned || life.left_over) return;
    const bool failed = life.failure.has_value();
    judge_.expect(life.phase == Phase::Ended, "I2",
                  [&] { return core::kernel_name(key) + " is recorded as ended and lives"; });
    judge_.expect(
        failed || (run->end->exit_code == life.end.exit_code && run->end->signal == life.end.signal), "I2",
        [&] { return core::kernel_name(key) + " has another's end on record"; });
}

void SimMachine::adopt(const RunKey& key, const core::RunProcesses&, core::Reply<core::Adopted> reply) {
    push("adopt", [this, key, reply = std::move(reply)](std::uint32_t how) {
        const auto found = lives.find(key);
        if (found != lives.end() && one_in(how, 12)) {
            found->second.disowned = true;
            loop_.post([reply] { reply(broken("the monitor speaks nonsense")); });
            return;
        }
        loop_.post([reply, adopted = look_at(key)] { reply(adopted); });
        if (found != lives.end()) tell_oom(key, found->second);
        if (found == lives.end() || !found->second.failure) return;
        loop_.post([key, error = *found->second.failure, observer = observer_] {
            observer->on_launch_failed(key, error);
        });
    });
}

/// A failed launch is told as the real runtime does it: as one that fails right after.
core::Adopted SimMachine::look_at(const RunKey& key) {
    core::Adopted adopted;
    const auto found = lives.find(key);
    if (found == lives.end()) {
        adopted.kind = core::Adopted::Kind::Absent;
        adopted.end = lost("lost: the monitor is gone");
        adopted.end.ended_at = clock_.wall();
        return adopted;
    }
    Life& life = found->second;
    life.linked = true;
    adopted.started_at = life.started_at;
    switch (life.failure ? Phase::Launching : life.phase) {
        case Phase::Launching: adopted.kind = core::Adopted::Kind::Starting; break;
        case Phase::Running: adopted.kind = core::Adopted::Kind::Running; break;
        case Phase::Ended:
            adopted.kind = life.end.lost ? core::Adopted::Kind::Lost : core::Adopted::Kind::Ended;
            adopted.end = life.end;
            break;
    }
    if (adopted.kind == core::Adopted::Kind::Running) adopted.processes.main = {100, 1};
    return adopted;
}

/// The strays are those of the moment of the call; they go later.
void SimMachine::sweep(const std::vector<RunKey>& live, core::Reply<std::vector<std::string>> reply) {
    std::vector<RunKey> strays;
    for (const auto& [key, life] : lives) {
        if (std::find(live.begin(), live.end(), key) == live.end()) strays.push_back(key);
    }
    push("sweep", [this, strays = std::move(strays), reply = std::move(reply)](std::uint32_t how) {
        core::Result<std::vector<std::string>> result = std::vector<std::string>{};
        if (one_in(how, 8))
            result = broken("a cgroup is busy");
        else
            for (const RunKey& key : strays) remove_stray(key);
        loop_.post([reply, result] { reply(result); });
    });
}

void SimMachine::remove_stray(const RunKey& key) {
    const auto found = lives.find(key);
    if (found == lives.end()) return;
    judge_.expect(!owned(key) || found->second.left_over, "I4",
                  [&] { return core::kernel_name(key) + " was swept away under its pot"; });
    lives.erase(found);
}

/// Recorded as something that may exist.
bool SimMachine::owned(const RunKey& key) const {
    const core::Run* const run = store_.last_run(key.pot);
    return run != nullptr && run->number == key.run && !run->end && run->stage >= core::RunStage::Launching;
}

// Directories

bool SimMachine::take_file_failure() {
    if (failing_files_ == 0) return false;
    --failing_files_;
    return true;
}

void SimMachine::create(const core::PotId& id, const core::Base&, core::Reply<void> reply) {
    make_directory(id, "create", std::move(reply));
}

void SimMachine::make_directory(const core::PotId& id, std::string what, core::Reply<void> reply) {
    push(std::move(what), [this, id, reply = std::move(reply)](std::uint32_t how) {
        core::Status status;
        if (one_in(how, 8))
            status = core::error(core::ErrorKind::ResourceExhausted, "no space left on device");
        else
            directories.insert(id);
        loop_.post([reply, status] { reply(status); });
    });
}

core::Result<core::RootFs> SimMachine::root(const core::PotId& id, const core::Base&) {
    judge_.expect(directories.contains(id), "I4",
                  [&] { return "pot " + id.text + " is started without its directory"; });
    if (take_file_failure()) return broken("the root cannot be put together");
    core::RootFs root;
    root.path = id.text;
    return root;
}

void SimMachine::prepare_limits(core::Reply<void> reply) {
    loop_.post(
        [reply = std::move(reply)] { reply(core::error(core::ErrorKind::Unsupported, "no quotas here")); });
}

void SimMachine::limit(const core::PotId&, std::int64_t, core::Reply<void> reply) {
    prepare_limits(std::move(reply));
}

core::Status SimMachine::discard(const core::PotId& id) {
    judge_.note([&] { return "    discard " + id.text; });
    judge_.expect(store_.pot(id) == nullptr, "I5",
                  [&] { return "pot " + id.text + " loses its directory before its row"; });
    if (take_file_failure()) {
        undiscarded.insert(id);
        return broken("the trash is full");
    }
    directories.erase(id);
    std::erase_if(snapshots, [&](const core::SnapshotKey& key) { return key.pot == id; });
    return {};
}

core::Status SimMachine::sweep(const std::vector<core::PotId>& known,
                               const std::vector<core::SnapshotKey>& kept,
                               const core::DiskLimits& /*limits*/) {
    std::erase_if(snapshots, [&](const core::SnapshotKey& key) {
        return std::find(kept.begin(), kept.end(), key) == kept.end();
    });
    std::erase_if(directories, [&](const core::PotId& id) {
        return std::find(known.begin(), known.end(), id) == known.end();
    });
    std::erase_if(undiscarded, [&](const core::PotId& id) { return !directories.contains(id); });
    for (const auto& [id, pot] : store_.pots) {
        judge_.expect(directories.contains(id), "I5",
                      [&own = id] { return "pot " + own.text + " has no directory"; });
    }
    for (const auto& item : store_.snapshots) {
        judge_.expect(snapshots.contains(item.first), "I5",
                      [&] { return "snapshot " + item.second.name + " has no files"; });
    }
    return {};
}

void SimMachine::push(std::string what, std::function<void(std::uint32_t how)> happen) {
    due_.push_back({std::move(what), std::move(happen)});
}

void SimMachine::kill() {
    due_.clear();
    failing_files_ = 0;
    for (auto& [key, life] : lives) life.linked = false;
    hooks_.kill();
}

void SimMachine::reboot() {
    lives.clear();
    echoes_.clear();
    hooks_.reboot();
}

}  // namespace potd::sim
