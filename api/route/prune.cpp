#include "api/route/prune.hpp"

#include "api/route/prune_request.hpp"
#include "api/route/reply.hpp"
#include "core/service/past_pruner.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::api {
namespace {

/// A prune under way: one kind after the other, then the answer.
struct Prune {
    Prune(Later to, std::string id, const Services& with, PruneOrder what)
        : later(std::move(to)), operation(std::move(id)), services(with), order(what) {}
    Later later;
    std::string operation;
    const Services& services;
    PruneOrder order;
    std::size_t open = 0;              ///< removals of the present kind
    std::int64_t done = 0, total = 0;  ///< of them
    wire::PruneResult result;
    std::optional<core::Error> error;  ///< the first

    void fail(const core::Error& problem) {
        if (!error) error = problem;
        result.problems.push_back(problem.message);
    }
    /// Before the removals of the next kind.
    void begin(std::string_view unit, std::size_t count) {
        done = 0;
        total = static_cast<std::int64_t>(count);
        tell(unit);
    }
    void ended(std::string_view unit) {
        ++done;
        tell(unit);
    }
    void tell(std::string_view unit) const {
        services.operations.set_progress(operation,
                                         {done, total, std::string(unit), "removes " + std::string(unit)});
    }
    /// How much there is of them shows only at the end.
    void tell_of(std::string_view what) const {
        services.operations.set_progress(operation, {{}, {}, {}, "removes " + std::string(what)});
    }
    void finish() {
        const bool nothing =
            result.removed.empty() && result.bases.empty() && result.runs.empty() && result.logs.empty();
        if (error && nothing) return later.fail(*error);
        std::sort(result.removed.begin(), result.removed.end());
        std::sort(result.bases.begin(), result.bases.end());
        answer_json(later, result);
    }
};

using PrunePtr = std::shared_ptr<Prune>;

bool is_prunable(const core::Pot& pot, core::WallTime ended_before) {
    const bool down = pot.state == core::PotState::Stopped || pot.state == core::PotState::Failed;
    return pot.spec.prunable && down && pot.run && pot.run->end && pot.run->end->ended_at <= ended_before;
}

std::vector<core::PotPtr> all_pots(const Services& services) {
    return services.pots.list({}, std::numeric_limits<std::size_t>::max());
}

bool is_going(const Prune& prune, const std::string& name) {
    const auto& going = prune.result.removed;
    return std::find(going.begin(), going.end(), name) != going.end();
}

/// That no pot uses, but those that are going, and base pots that do not run.
std::vector<core::Base> unused_bases(const Prune& prune) {
    std::set<std::string> used;
    for (const core::PotPtr& pot : all_pots(prune.services)) {
        const bool idle = prune.services.bases.is_base_pot(pot->spec) && !core::is_live(pot->state);
        if (!idle && !is_going(prune, pot->spec.name)) used.insert(pot->spec.base);
    }
    std::vector<core::Base> unused;
    for (const core::Base& base : prune.services.bases.list()) {
        if (!used.contains(base.name)) unused.push_back(base);
    }
    return unused;
}

/// The name; empty for a pot that is gone, or going with all it has.
std::string name_of(const Prune& prune, const core::PotId& id) {
    const core::PotPtr pot = prune.services.pots.with_id(id.text);
    return pot && !is_going(prune, pot->spec.name) ? pot->spec.name : std::string();
}

core::PastPrune past_of(const PruneOrder& order) {
    return {order.past_before, order.keep, order.dry_run};
}

void prune_logs(const PrunePtr& prune) {
    if (!prune->order.logs) return prune->finish();
    std::vector<core::PotId> pots;
    for (const core::PotPtr& pot : all_pots(prune->services)) {
        if (!is_going(*prune, pot->spec.name)) pots.push_back(pot->id);
    }
    prune->tell_of("logs");
    prune->services.past.prune_logs(
        past_of(prune->order), std::move(pots), [prune](const core::PastPruner::LogsDone& done) {
            for (const core::PrunedLogs& logs : done.pruned) {
                const std::string name = name_of(*prune, logs.pot);
                prune->result.logs.push_back(
                    {name.empty() ? logs.pot.text : name, logs.what.files, logs.what.bytes});
                prune->result.bytes += logs.what.bytes;
            }
            for (const core::Error& problem : done.problems) prune->fail(problem);
            prune->finish();
        });
}

void prune_runs(const PrunePtr& prune) {
    if (!prune->order.runs) return prune_logs(prune);
    prune->tell_of("runs");
    prune->services.past.prune_runs(
        past_of(prune->order), [prune](const core::Result<std::vector<core::PrunableRuns>>& pruned) {
            if (!pruned) prune->fail(pruned.error());
            for (const core::PrunableRuns& runs : pruned ? *pruned : std::vector<core::PrunableRuns>()) {
                const std::string name = name_of(*prune, runs.pot);
                if (name.empty()) continue;
                prune->result.runs.push_back({name, runs.count, runs.bytes});
                prune->result.bytes += runs.bytes;
            }
            prune_logs(prune);
        });
}

void base_removed(const PrunePtr& prune, const core::Base& base) {
    prune->result.bases.push_back(base.name);
    prune->result.bytes += base.size;
}

void prune_bases(const PrunePtr& prune) {
    if (!prune->order.bases) return prune_runs(prune);
    prune->open = 1;  // so that it does not end before the last was begun
    const std::vector<core::Base> unused = unused_bases(*prune);
    prune->begin("bases", unused.size());
    for (const core::Base& base : unused) {
        if (prune->order.dry_run) {
            base_removed(prune, base);
            continue;
        }
        ++prune->open;
        prune->services.bases.remove(base.name, false, [prune, base](const core::Status& status) {
            status ? base_removed(prune, base) : prune->fail(status.error());
            prune->ended("bases");
            if (--prune->open == 0) prune_runs(prune);
        });
    }
    if (--prune->open == 0) prune_runs(prune);
}

void prune_pots(const PrunePtr& prune) {
    if (!prune->order.pots) return prune_bases(prune);
    std::vector<core::PotPtr> pots = all_pots(prune->services);
    std::erase_if(pots, [&](const core::PotPtr& pot) {
        return prune->services.bases.is_base_pot(pot->spec) || !is_prunable(*pot, prune->order.pots_before);
    });
    prune->open = 1;
    prune->begin("pots", pots.size());
    for (const core::PotPtr& pot : pots) {
        if (prune->order.dry_run) {
            prune->result.removed.push_back(pot->spec.name);
            continue;
        }
        ++prune->open;
        prune->services.pots.destroy(pot->id.text, false,
                                     [prune, name = pot->spec.name](const core::Status& status) {
                                         if (status) prune->result.removed.push_back(name);
                                         if (!status) prune->fail(status.error());
                                         prune->ended("pots");
                                         if (--prune->open == 0) prune_bases(prune);
                                     });
    }
    if (--prune->open == 0) prune_bases(prune);
}

}  // namespace

void answer_prune(Exchange& exchange, const Services& services) {
    const auto body = read_body<wire::PruneRequest>(exchange, true);
    if (!body) return;
    const auto order = value_or_fail(exchange, to_order(*body, services.clock.wall()));
    if (order) prune_pots(std::make_shared<Prune>(exchange.later(), exchange.operation(), services, *order));
}

}  // namespace potd::api
