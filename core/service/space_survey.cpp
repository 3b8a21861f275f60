#include "core/service/space_survey.hpp"

#include "core/base/bounded.hpp"

#include <limits>
#include <utility>
#include <vector>

namespace potd::core {

struct SpaceSurvey::Work {
    SpaceUse use;
    std::vector<PotPtr> pots;
    std::size_t next = 0;
    std::size_t next_volume = 0;  ///< in `use.volumes`, whose bytes are counted one by one
};

void SpaceSurvey::take(Reply<SpaceUse> reply) {
    waiting_.push_back(std::move(reply));
    if (waiting_.size() > 1) return;
    auto room = ports_.room();
    if (!room) return answer(std::move(room).error());
    const auto work = std::make_shared<Work>();
    work->use.room = *room;
    work->pots = ports_.pots.list("", ports_.pots.count());
    for (const Base& base : ports_.bases.list()) {
        SpaceUse::OfBase of{base.name, base.size, {}};
        for (const PotPtr& pot : work->pots)
            if (pot->spec.base == base.name) of.pots.push_back(pot->spec.name);
        work->use.bases.push_back(std::move(of));
    }
    const VolumeService::Uses uses = ports_.volumes.uses();
    for (const Volume& volume : ports_.volumes.list()) {
        SpaceUse::OfVolume of{volume.name, 0, 0, {}, volume.quota};
        if (const auto found = uses.find(volume.name); found != uses.end()) {
            for (const VolumeUse& use : found->second)
                if (of.pots.empty() || of.pots.back() != use.pot) of.pots.push_back(use.pot);
        }
        work->use.volumes.push_back(std::move(of));
    }
    next_pot(work);
}

void SpaceSurvey::answer(const Result<SpaceUse>& use) {
    for (const auto& reply : std::exchange(waiting_, {})) reply(use);
}

/// A pot that is gone by now, or whose root is being made, has nothing to measure.
void SpaceSurvey::next_pot(const std::shared_ptr<Work>& work) {
    if (work->next == work->pots.size()) return next_volume(work);
    const PotPtr pot = work->pots[work->next++];
    ports_.files.measure(pot->id, [this, work, pot](const Result<std::int64_t>& root) {
        if (root) return measure_log(work, *pot, *root);
        if (root.error().kind == ErrorKind::NotFound) return next_pot(work);
        answer(root.error());
    });
}

void SpaceSurvey::measure_log(const std::shared_ptr<Work>& work, const Pot& pot, std::int64_t root) {
    LogPrune all;
    all.directory = ports_.files.log_directory(pot.id);
    all.keep = 0;
    all.written_before = {std::numeric_limits<std::int64_t>::max()};
    all.idle = true;
    all.dry_run = true;
    ports_.logs.prune(all, [this, work, pot, root](const Result<LogPruned>& log) {
        if (!log) return answer(log.error());
        work->use.pots.push_back({pot.spec.name, root, log->bytes, pot.spec.limits.disk});
        measure_snapshots(work, pot);
    });
}

void SpaceSurvey::next_volume(const std::shared_ptr<Work>& work) {
    auto& all = work->use.volumes;
    if (work->next_volume == all.size()) return answer(std::move(work->use));
    ports_.volumes.measure(all[work->next_volume].name, [this, work](const Result<std::int64_t>& bytes) {
        auto& volumes = work->use.volumes;
        const auto at = volumes.begin() + static_cast<std::ptrdiff_t>(work->next_volume);
        if (bytes) {
            at->bytes = *bytes;
            return measure_kept(work);
        }
        if (bytes.error().kind != ErrorKind::NotFound) return answer(bytes.error());
        volumes.erase(at);
        next_volume(work);
    });
}

void SpaceSurvey::measure_kept(const std::shared_ptr<Work>& work) {
    auto kept = ports_.volume_snapshots.list(work->use.volumes[work->next_volume].name);
    ports_.volume_snapshots.measure(kept ? *std::move(kept) : std::vector<VolumeSnapshot>{},
                                    [this, work](const Result<std::vector<std::int64_t>>& sizes) {
                                        if (!sizes) return answer(sizes.error());
                                        SpaceUse::OfVolume& volume = work->use.volumes[work->next_volume++];
                                        for (const std::int64_t size : *sizes)
                                            volume.snapshots = bounded_sum(volume.snapshots, size);
                                        next_volume(work);
                                    });
}

void SpaceSurvey::measure_snapshots(const std::shared_ptr<Work>& work, const Pot& pot) {
    auto snapshots = ports_.snapshots.list(pot.id.text);
    if (!snapshots || snapshots->empty()) return next_pot(work);
    ports_.snapshots.measure(
        *snapshots, [this, work, pot, known = *snapshots](const Result<std::vector<std::int64_t>>& sizes) {
            if (sizes)
                for (std::size_t i = 0; i < known.size(); ++i)
                    work->use.snapshots.push_back({pot.spec.name, known[i].name, (*sizes)[i]});
            else if (sizes.error().kind != ErrorKind::NotFound)
                return answer(sizes.error());
            next_pot(work);
        });
}

}  // namespace potd::core
