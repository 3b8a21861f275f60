#include "api/route/prune.hpp"

#include "api/route/reply.hpp"
#include "openapi/wire/pot.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace potd::api {
namespace {

/// A prune under way; the last removal that ends answers for all.
struct Prune {
    Prune(Later to, const Services& with) : later(std::move(to)), services(with) {}
    Later later;
    const Services& services;
    bool with_bases = false;
    std::size_t open = 0;
    std::vector<std::string> removed, bases;
    std::optional<core::Error> error;

    void finish() {
        if (error && removed.empty() && bases.empty()) return later.fail(*error);
        std::sort(removed.begin(), removed.end());
        std::sort(bases.begin(), bases.end());
        answer_json(later, wire::PruneResult{removed, bases});
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

/// That no pot but `going` uses.
std::vector<std::string> unused_bases(const Services& services, const std::vector<std::string>& going) {
    std::set<std::string> used;
    for (const core::PotPtr& pot : all_pots(services)) {
        if (std::find(going.begin(), going.end(), pot->spec.name) == going.end()) used.insert(pot->spec.base);
    }
    std::vector<std::string> unused;
    for (const core::Base& base : services.bases.list()) {
        if (!used.contains(base.name)) unused.push_back(base.name);
    }
    return unused;
}

void remove_bases(const PrunePtr& prune) {
    ++prune->open;  // so that it does not end before the last was begun
    for (const std::string& name : unused_bases(prune->services, {})) {
        ++prune->open;
        prune->services.bases.remove(name, [prune, name](const core::Status& status) {
            if (status) prune->bases.push_back(name);
            if (!status && !prune->error) prune->error = status.error();
            if (--prune->open == 0) prune->finish();
        });
    }
    if (--prune->open == 0) prune->finish();
}

void pots_removed(const PrunePtr& prune) {
    if (prune->with_bases)
        remove_bases(prune);
    else
        prune->finish();
}

void remove_pots(const PrunePtr& prune, const std::vector<core::PotPtr>& pots) {
    prune->open = pots.size() + 1;
    for (const core::PotPtr& pot : pots) {
        prune->services.pots.destroy(pot->id.text, false,
                                     [prune, name = pot->spec.name](const core::Status& status) {
                                         if (status) prune->removed.push_back(name);
                                         if (!status && !prune->error) prune->error = status.error();
                                         if (--prune->open == 0) pots_removed(prune);
                                     });
    }
    if (--prune->open == 0) pots_removed(prune);
}

}  // namespace

void answer_prune(Exchange& exchange, const Services& services) {
    const auto body = read_body<wire::PruneRequest>(exchange, true);
    if (!body) return;
    core::milliseconds grace{0};
    if (body->grace) {
        const auto parsed = value_or_fail(exchange, core::parse_duration(*body->grace, "grace"));
        if (!parsed) return;
        grace = *parsed;
    }
    const core::WallTime before{services.clock.wall().ms - grace.count()};
    std::vector<core::PotPtr> pots = all_pots(services);
    std::erase_if(pots, [&](const core::PotPtr& pot) { return !is_prunable(*pot, before); });
    const bool with_bases = body->bases.value_or(false);
    if (body->dry_run.value_or(false)) {
        wire::PruneResult would;
        for (const core::PotPtr& pot : pots) would.removed.push_back(pot->spec.name);
        if (with_bases) would.bases = unused_bases(services, would.removed);
        return answer_json(exchange, would);
    }
    const auto prune = std::make_shared<Prune>(exchange.later(), services);
    prune->with_bases = with_bases;
    remove_pots(prune, pots);
}

}  // namespace potd::api
