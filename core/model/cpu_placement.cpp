#include "core/model/cpu_placement.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace potd::core {
namespace {

/// How many pots are on each CPU.
class CpuLoads {
  public:
    CpuLoads(const std::vector<int>& cpus, const std::vector<std::vector<int>>& fixed) : cpus_(cpus) {
        for (const int cpu : cpus_) loads_.emplace(cpu, 0);
        for (const auto& pot : fixed) {
            for (const int cpu : pot) {
                if (there(cpu)) ++loads_[cpu];
            }
        }
    }

    [[nodiscard]] bool there(int cpu) const { return loads_.contains(cpu); }
    [[nodiscard]] int of(int cpu) const { return loads_.at(cpu); }
    void add(int cpu) { ++loads_[cpu]; }
    void take(int cpu) { --loads_[cpu]; }

    /// The least loaded CPU that is not in `taken`; the first of several.
    [[nodiscard]] std::optional<int> least(const std::vector<int>& taken) const {
        std::optional<int> best;
        for (const int cpu : cpus_) {
            if (std::find(taken.begin(), taken.end(), cpu) != taken.end()) continue;
            if (!best || of(cpu) < of(*best)) best = cpu;
        }
        return best;
    }
    /// The most loaded one of a place; the last of several.
    [[nodiscard]] std::size_t most(const std::vector<int>& place) const {
        std::size_t worst = 0;
        for (std::size_t i = 1; i < place.size(); ++i) {
            if (of(place[i]) >= of(place[worst])) worst = i;
        }
        return worst;
    }

  private:
    const std::vector<int>& cpus_;
    std::map<int, int> loads_;
};

void keep_present(CpuLoads& loads, const CpuWish& wish, std::vector<int>& place) {
    for (const int cpu : wish.present) {
        if (!loads.there(cpu) || std::find(place.begin(), place.end(), cpu) != place.end()) continue;
        place.push_back(cpu);
        loads.add(cpu);
    }
}

void fit(CpuLoads& loads, const CpuWish& wish, std::vector<int>& place) {
    const auto wanted = static_cast<std::size_t>(std::max(wish.count, 1));
    while (place.size() > wanted) {
        const std::size_t worst = loads.most(place);
        loads.take(place[worst]);
        place.erase(place.begin() + static_cast<std::ptrdiff_t>(worst));
    }
    while (place.size() < wanted) {
        const auto next = loads.least(place);
        if (!next) return;
        place.push_back(*next);
        loads.add(*next);
    }
}

/// True if it was moved. Each move makes the sum of the squares of the loads smaller, so they end.
bool move_once(CpuLoads& loads, std::vector<int>& place) {
    if (place.empty()) return false;
    const auto better = loads.least(place);
    const std::size_t worst = loads.most(place);
    if (!better || loads.of(place[worst]) - loads.of(*better) < 2) return false;
    loads.take(place[worst]);
    loads.add(*better);
    place[worst] = *better;
    return true;
}

}  // namespace

CpuPlaces place_cpus(const std::vector<int>& cpus, const std::vector<std::vector<int>>& fixed,
                     const std::map<PotId, CpuWish>& wishes) {
    CpuLoads loads(cpus, fixed);
    CpuPlaces places;
    for (const auto& [pot, wish] : wishes) keep_present(loads, wish, places[pot]);
    for (const auto& [pot, wish] : wishes) fit(loads, wish, places[pot]);
    for (bool moved = true; moved;) {
        moved = false;
        for (auto& [pot, place] : places) {
            while (move_once(loads, place)) moved = true;
        }
    }
    for (auto& [pot, place] : places) std::sort(place.begin(), place.end());
    return places;
}

}  // namespace potd::core
