#include "core/service/past_pruner.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace potd::core {
namespace {

constexpr std::uint32_t numbers_at_once = 50;

}  // namespace

struct PastPruner::Removal {
    WallTime before;
    std::vector<PrunableRuns> runs;
    Reply<std::vector<PrunableRuns>> reply;
    std::size_t pot = 0;
    std::uint32_t done_up_to = 0;
};

void PastPruner::prune_runs(const PastPrune& what, Reply<std::vector<PrunableRuns>> reply) {
    ports_.history.prunable({what.before, what.keep},
                            [this, what, reply = std::move(reply)](Result<std::vector<PrunableRuns>> found) {
                                if (!found || found->empty() || what.dry_run) return reply(std::move(found));
                                auto removal = std::make_shared<Removal>();
                                removal->before = what.before;
                                removal->runs = *std::move(found);
                                removal->reply = reply;
                                remove_next(removal);
                            });
}

/// One commit after the other: together they would be one long transaction. The last one is synced, and with
/// it all before it.
void PastPruner::remove_next(const std::shared_ptr<Removal>& removal) {
    const PrunableRuns& runs = removal->runs[removal->pot];
    const std::uint32_t from = std::max(removal->done_up_to + 1, runs.first);
    const std::uint32_t up_to = std::min(runs.last, from + numbers_at_once - 1);
    const bool pot_done = up_to == runs.last;
    const bool all_done = pot_done && removal->pot + 1 == removal->runs.size();
    auto recorded = [this, removal, up_to, pot_done, all_done](const Result<std::vector<Event>>& result) {
        if (!result) return std::exchange(removal->reply, nullptr)(result.error());
        if (all_done) return;
        removal->done_up_to = pot_done ? 0 : up_to;
        if (pot_done) ++removal->pot;
        remove_next(removal);
    };
    auto durable = [removal](const Status& status) {
        const auto reply = std::exchange(removal->reply, nullptr);
        if (!reply) return;  // told already that it was not even recorded
        status ? reply(std::move(removal->runs)) : reply(status.error());
    };
    ports_.journal.commit({RemoveRuns{runs.pot, up_to, removal->before}},
                          all_done ? Durability::Intent : Durability::Observation, std::move(recorded),
                          all_done ? Journal::Durable(std::move(durable)) : Journal::Durable());
}

struct PastPruner::LogWork {
    PastPrune what;
    std::vector<PotId> pots;
    std::function<void(LogsDone)> done;
    LogsDone outcome;
    std::size_t next = 0;
};

void PastPruner::prune_logs(const PastPrune& what, std::vector<PotId> pots,
                            std::function<void(LogsDone)> done) {
    prune_next_log(std::make_shared<LogWork>(LogWork{what, std::move(pots), std::move(done), LogsDone{}, 0}));
}

void PastPruner::prune_next_log(const std::shared_ptr<LogWork>& work) {
    PotPtr pot;
    while (!pot && work->next < work->pots.size()) pot = ports_.supervisor.find(work->pots[work->next++]);
    if (!pot) return work->done(std::move(work->outcome));
    // A start that is under way opens the log only after this call: its launch comes through this loop.
    const bool idle = !is_live(pot->state) && pot->state != PotState::Destroying;
    ports_.logs.prune(
        {ports_.files.log_directory(pot->id), work->what.keep, work->what.before, idle, work->what.dry_run},
        [this, work, pot](const Result<LogPruned>& pruned) {
            if (!pruned) {
                Error problem = pruned.error();
                work->outcome.problems.push_back(std::move(problem).in("log of pot " + pot->spec.name));
            } else if (pruned->files != 0) {
                work->outcome.pruned.push_back({pot->id, *pruned});
            }
            prune_next_log(work);
        });
}

}  // namespace potd::core
