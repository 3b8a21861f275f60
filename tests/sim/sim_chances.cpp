#include "tests/sim/sim_machine.hpp"

#include <iterator>

// What can happen on the machine by itself, and how potd hears of it.

namespace potd::sim {
namespace {

using core::RunKey;

constexpr std::uint32_t well = 1;  // fails no `one_in`

}  // namespace

std::size_t SimMachine::chances() const {
    return due_.size() + hooks_.alive().size() + lives.size() + echoes_.size();
}

void SimMachine::happen(std::size_t which, std::uint32_t how) {
    if (which < due_.size()) return answer(which, how);
    which -= due_.size();
    if (which < hooks_.alive().size()) {
        const auto ending =
            how % 3 != 0 ? SimHooks::Ending::Success : static_cast<SimHooks::Ending>(how / 3 % 5);
        return hooks_.end(which, ending);
    }
    which -= hooks_.alive().size();
    if (which >= lives.size()) return echo(which - lives.size());
    auto found = lives.begin();
    std::advance(found, static_cast<std::ptrdiff_t>(which));
    happen_to(found->first, found->second, how);
}

/// A monitor that tells the end of its run again, long after; nothing may come of it.
void SimMachine::echo(std::size_t which) {
    const auto [key, end] = echoes_[which];
    echoes_.erase(echoes_.begin() + static_cast<std::ptrdiff_t>(which));
    judge_.note([&run = key] { return "    the end of " + core::kernel_name(run) + " is told again"; });
    loop_.post([observer = observer_, run = key, how = end] { observer->on_exited(run, how); });
}

void SimMachine::answer(std::size_t which, std::uint32_t how) {
    const Due due = std::move(due_[which]);
    due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(which));
    judge_.note([&] { return "    answer to " + due.what + (how == well ? "" : " by chance"); });
    due.happen(how);
}

bool SimMachine::happen_well() {
    if (!due_.empty()) {
        answer(0, well);
        return true;
    }
    if (!hooks_.alive().empty()) {
        hooks_.end(0, SimHooks::Ending::Success);
        return true;
    }
    for (auto& [key, life] : lives) {
        const bool listens = life.asked && !life.stubborn && !life.frozen;
        if (!life.linked || life.phase == Phase::Ended) continue;
        if (life.phase == Phase::Launching)
            come_up(key, life);
        else if (listens)
            happen_to(key, life, 0);
        else
            continue;
        return true;
    }
    return false;
}

void SimMachine::happen_to(const RunKey& key, Life& life, std::uint32_t how) {
    if (life.phase == Phase::Launching) {
        if (how % 5 == 0)
            fail_launch(key, life, core::error(core::ErrorKind::InvalidArgument, "no such command"));
        else
            come_up(key, life);
    } else if (life.phase == Phase::Running && !life.frozen) {
        // A command mostly goes on until it is asked to end.
        if (life.asked && !life.stubborn) {
            core::ExitRecord record;
            record.signal = 15;
            end(key, life, std::move(record));
        } else if (how % 6 == 1) {
            run_out_of_memory(key, life);
        } else if (how % 3 == 0) {
            end_somehow(key, life, how / 3);
        }
    }
}

/// The kernel kills one of its processes; the monitor the rest, if that is the policy.
void SimMachine::run_out_of_memory(const RunKey& key, Life& life) {
    judge_.note([&] { return "    out of memory: " + core::kernel_name(key); });
    ++life.oom_kills;
    tell_oom(key, life);
    if (life.oom_policy != core::OomPolicy::Kill) return;
    core::ExitRecord record;
    record.signal = 9;
    record.oom = true;
    end(key, life, std::move(record));
}

void SimMachine::tell_oom(const RunKey& key, const Life& life) {
    if (life.oom_kills == 0 || !life.linked) return;
    loop_.post([observer = observer_, key, kills = life.oom_kills] {
        observer->on_oom(key, {kills, {}, {}, {}});
    });
}

void SimMachine::end_somehow(const RunKey& key, Life& life, std::uint32_t how) {
    core::ExitRecord record;
    switch (how % 6) {
        case 0: record.exit_code = 0; break;
        case 1: record.exit_code = 7; break;
        case 2: record.signal = 11; break;
        case 3:
            record.signal = 9;
            record.oom = true;
            break;
        case 4:
            record.lost = true;
            record.reason = "lost: the monitor died";
            break;
        default: record.exit_code = 1; break;
    }
    end(key, life, std::move(record));
}

void SimMachine::come_up(const RunKey& key, Life& life) {
    judge_.note([&] { return "    up: " + core::kernel_name(key); });
    life.phase = Phase::Running;
    life.started_at = clock_.wall();
    if (!life.linked) return;
    core::RunProcesses processes;
    processes.main = {100, 1};
    loop_.post([observer = observer_, key, processes, at = life.started_at] {
        observer->on_started(key, processes, at);
    });
}

void SimMachine::fail_launch(const RunKey& key, Life& life, core::Error error) {
    judge_.note([&] { return "    launch fails: " + core::kernel_name(key); });
    life.phase = Phase::Ended;
    life.failure = error;
    if (!life.linked) return;
    loop_.post(
        [observer = observer_, key, error = std::move(error)] { observer->on_launch_failed(key, error); });
}

void SimMachine::end(const RunKey& key, Life& life, core::ExitRecord record) {
    record.ended_at = clock_.wall();
    judge_.note([&] { return "    over: " + core::kernel_name(key); });
    life.phase = Phase::Ended;
    life.frozen = false;
    life.end = std::move(record);
    if (!life.linked) return;
    loop_.post([observer = observer_, key, end = life.end] { observer->on_exited(key, end); });
}

}  // namespace potd::sim
