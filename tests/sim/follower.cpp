#include "tests/sim/follower.hpp"

#include <algorithm>
#include <utility>

namespace potd::sim {

void Follower::connect(core::EventFeed& feed) {
    const core::EventBounds stored = store_.bounds();
    const auto gap = feed.epochs().gap_after(mark_, stored);
    const bool forgotten = mark_.number + 1 < stored.first;
    const bool lost = mark_.number > certain_;
    judge_.expect(gap.has_value() == (forgotten || lost), "I8", [&] {
        return name_ + " comes back with " + core::to_string(mark_) +
               (gap ? " and is reset" : " and is not reset");
    });
    if (gap) resume(*gap, stored);
    check_seen();
    certain_ = all;
    mark_.epoch = feed.epochs().current();
    for (const core::Event& event : store_.events) {
        if (event.number > mark_.number) see(event);
    }
    feed_ = &feed;
    // What is recorded and not told yet has been read from the history just now.
    subscription_ = feed.subscribe([this](const core::Event& event) {
        if (event.number > mark_.number) see(event);
    });
}

void Follower::resume(const core::EventGap& gap, const core::EventBounds& stored) {
    judge_.note([&] { return "    reset of " + name_ + " to " + std::to_string(gap.resume); });
    const bool certain = gap.resume <= std::max(certain_, stored.first - 1);
    judge_.expect(certain && gap.resume + 1 >= stored.first && gap.resume <= stored.last, "I8",
                  [&] { return name_ + " is reset to " + std::to_string(gap.resume); });
    seen_.erase(seen_.upper_bound(std::min(gap.resume, certain_)), seen_.end());
    mark_.number = gap.resume;
}

/// What it saw and was not told to forget is what happened.
void Follower::check_seen() const {
    for (const core::Event& event : store_.events) {
        const auto found = seen_.find(event.number);
        judge_.expect(found == seen_.end() || found->second == event, "I8",
                      [&] { return name_ + " saw another event " + std::to_string(event.number); });
    }
}

void Follower::see(const core::Event& event) {
    judge_.expect(event.number == mark_.number + 1, "I8", [&] {
        return name_ + " sees event " + std::to_string(event.number) + " after " +
               std::to_string(mark_.number);
    });
    mark_.number = event.number;
    const bool is_new = seen_.emplace(event.number, event).second;
    judge_.expect(is_new, "I8", [&] { return name_ + " sees " + std::to_string(event.number) + " twice"; });
}

void Follower::disconnect() {
    feed_->unsubscribe(subscription_);
    feed_ = nullptr;
}

void Follower::power_is_back(std::uint64_t last_stored) {
    certain_ = std::min(certain_, last_stored);
}

}  // namespace potd::sim
