#include "tests/sim/clients.hpp"

#include <utility>
#include <vector>

// What clients want of snapshots.

namespace potd::sim {

using core::PotPtr;
using core::Result;
using core::Snapshot;
using core::SnapshotService;
using core::Status;

void Clients::ask(SnapshotService& snapshots, const core::PotService& pots, const Choice& choice) {
    const std::vector<PotPtr> all = pots.list("", 100);
    const std::string name = all.empty() ? name_of(choice.a) : all[choice.a % all.size()]->spec.name;
    const std::uint32_t b = choice.b;
    if (choice.act == Act::Snapshot) return take(snapshots, name, b);
    if (choice.act == Act::Clone) return clone(snapshots, name, b);
    const auto known = snapshots.list(name);
    SnapshotService::GoingBack request;
    if (known && !known->empty() && b % 3 != 0) request.snapshot = (*known)[b % known->size()].name;
    request.destroy_newer = b % 2 == 0;
    snapshots.roll_back(name, request,
                        reply_to("rollback " + name, [this](const PotPtr& pot) { check_stored(pot); }));
}

void Clients::take(SnapshotService& snapshots, const std::string& pot, std::uint32_t b) {
    if (b % 8 == 0) {
        const std::size_t ticket = open("purge " + pot);
        snapshots.purge(pot, {b / 8 % 2, {}}, [this, ticket](const Result<std::vector<Snapshot>>& removed) {
            answered(ticket, removed ? Status() : Status(removed.error()));
        });
        return;
    }
    const std::size_t ticket = open("snapshot " + pot);
    snapshots.take(
        pot, {b % 4 == 1 ? "mine" : "", b % 4 == 2}, [this, ticket](const Result<Snapshot>& taken) {
            answered(ticket, taken ? Status() : Status(taken.error()));
            if (!taken || store_.pot(taken->key.pot) == nullptr) return;
            judge_.expect(!store_.snapshots.contains(taken->key) || store_.durable_snapshot(taken->key), "I5",
                          [&] { return "snapshot " + taken->name + " is not on disk"; });
        });
}

void Clients::clone(SnapshotService& snapshots, const std::string& pot, std::uint32_t b) {
    if (b % 8 == 0) {
        snapshots.promote(pot, reply_to("promote " + pot, [this](const PotPtr& one) { check_stored(one); }));
        return;
    }
    SnapshotService::Cloning request;
    request.name = name_of(b / 8);
    request.take = b % 2 == 0;
    snapshots.clone(pot, request, reply_to("clone " + pot + " as " + request.name, {}));
}

}  // namespace potd::sim
