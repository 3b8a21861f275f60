#include "core/service/snapshot_plan.hpp"

#include <algorithm>
#include <utility>

namespace potd::core {
namespace {

constexpr milliseconds first_retry{10'000};
constexpr unsigned most_doublings = 20;
constexpr milliseconds longest_look{60'000};

}  // namespace

void SnapshotPlan::set(const SnapshotOwner& owner, milliseconds every, WallTime last, const Moment& now) {
    const auto known = entries_.find(owner);
    if (known != entries_.end() && known->second.every == every) return;
    const milliseconds left{last.ms + every.count() - now.wall.ms};
    Entry entry{every, last, now.steady.plus(std::clamp(left, milliseconds{0}, every))};
    if (known != entries_.end()) entry.under_way = known->second.under_way;
    entries_[owner] = entry;
}

void SnapshotPlan::drop(const SnapshotOwner& owner) {
    entries_.erase(owner);
}

bool SnapshotPlan::is_due(const Entry& entry, const Moment& now) {
    if (entry.under_way) return false;
    if (now.steady >= entry.due) return true;
    return entry.failures == 0 && now.wall.ms >= entry.last.ms + entry.every.count();
}

std::vector<SnapshotOwner> SnapshotPlan::due(const Moment& now) const {
    std::vector<std::pair<SteadyTime, SnapshotOwner>> found;
    for (const auto& [owner, entry] : entries_) {
        if (is_due(entry, now)) found.emplace_back(entry.due, owner);
    }
    std::sort(found.begin(), found.end());
    std::vector<SnapshotOwner> owners;
    owners.reserve(found.size());
    for (auto& [when, owner] : found) owners.push_back(std::move(owner));
    return owners;
}

std::optional<SteadyTime> SnapshotPlan::next(const Moment& now) const {
    std::optional<SteadyTime> next;
    for (const auto& [owner, entry] : entries_) {
        if (!entry.under_way) next = std::min(next.value_or(now.steady.plus(longest_look)), entry.due);
    }
    return next;
}

void SnapshotPlan::begin(const SnapshotOwner& owner) {
    if (const auto found = entries_.find(owner); found != entries_.end()) found->second.under_way = true;
}

void SnapshotPlan::taken(const SnapshotOwner& owner, const Moment& now) {
    const auto found = entries_.find(owner);
    if (found == entries_.end()) return;
    const milliseconds every = found->second.every;
    found->second = {every, now.wall, now.steady.plus(every)};
}

void SnapshotPlan::failed(const SnapshotOwner& owner, const Moment& now) {
    const auto found = entries_.find(owner);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    const milliseconds longer = first_retry * (1 << std::min(entry.failures++, most_doublings));
    entry.due = now.steady.plus(std::min(longer, entry.every));
    entry.under_way = false;
}

void SnapshotPlan::try_now(const SnapshotOwner& owner, const Moment& now) {
    const auto found = entries_.find(owner);
    if (found != entries_.end()) found->second.due = std::min(found->second.due, now.steady);
}

}  // namespace potd::core
