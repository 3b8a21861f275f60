#include "daemon/platform/linux/layer_merge.hpp"
#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/posix/tree_sync.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <utility>

#include <unistd.h>

// Stacks that are kept short: adjacent layers between which nothing ends are merged into one.

namespace potd::platform {
namespace {

constexpr const char* next_link = ".new-lower";

}  // namespace

struct OverlayFileSystem::Merge {
    core::SnapshotKey key;  ///< the snapshot that is to be taken after it
    OverlayStack group;
    std::string name;  ///< of the layer that stands for them
    UniqueFd place;
    std::vector<UniqueFd> layers;
    core::Status outcome;
};

/// Adjacent layers of a pot that stands still. Nobody else may have them mounted: no other pot names them.
/// None but the first is where a snapshot begins.
core::Result<OverlayStack> OverlayFileSystem::mergeable(const core::PotId& id) const {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    if (auto settled = settle_stack(pot->get()); !settled) return std::move(settled).error();
    auto stack = read_stack(pot->get(), "lower");
    if (!stack) return stack;
    if (stack->size() < limits_.merge_from) return OverlayStack{};
    std::set<std::string> of_others;
    auto pots = pots_.pots();
    if (!pots) return std::move(pots).error();
    for (const std::string& other : pots.value()) {
        if (other == id.text) continue;
        auto opened = pots_.open(other);
        auto added = opened ? add_layers_of(opened->get(), of_others) : core::Status(opened.error());
        if (!added) return std::move(added).error();
    }
    std::set<std::string> fronts;
    for (const core::SnapshotKey& key : pots_.kept()) {
        auto kept = stack_of(key);
        if (kept) fronts.insert(kept->front());
    }
    return longest_run(*stack, of_others, fronts);
}

OverlayStack OverlayFileSystem::longest_run(const OverlayStack& stack, const std::set<std::string>& excluded,
                                            const std::set<std::string>& fronts) const {
    OverlayStack best;
    OverlayStack run;
    for (const std::string& layer : stack) {
        if (excluded.contains(layer) || fronts.contains(layer)) run.clear();
        if (excluded.contains(layer)) continue;
        run.push_back(layer);
        if (run.size() > best.size()) best = run;
    }
    if (best.size() > limits_.merged_at_once) best.resize(limits_.merged_at_once);
    return best.size() < 2 ? OverlayStack{} : best;
}

core::Result<std::shared_ptr<OverlayFileSystem::Merge>> OverlayFileSystem::prepare(
    const core::SnapshotKey& key, const OverlayStack& group) {
    auto merge = std::make_shared<Merge>();
    merge->key = key;
    merge->group = group;
    merge->name = std::to_string(next_layer_++);
    for (const std::string& layer : group) {
        auto opened = layers_.find(layer);
        if (!opened) return std::move(opened).error();
        merge->layers.push_back(std::move(opened).value());
    }
    auto place = layers_.begin(merge->name);
    if (!place) return std::move(place).error();
    merge->place = std::move(place).value();
    return merge;
}

void OverlayFileSystem::merge(const core::SnapshotKey& key, const OverlayStack& group,
                              core::Reply<void> reply) {
    auto prepared = prepare(key, group);
    if (!prepared) return answer(std::move(reply), freeze(key, std::move(prepared).error()));
    const std::shared_ptr<Merge> work = *prepared;
    making_.insert(".new-" + work->name);
    auto run = [work, stop = stop_] {
        work->outcome = merge_layers(work->layers, work->place.get(), *stop);
        if (work->outcome) work->outcome = bring_to_disk(work->place.get());
    };
    auto done = [this, alive = std::weak_ptr(stop_), work, reply = std::move(reply)] {
        if (alive.expired()) return;
        reply(merged(*work));
    };
    executor_.blocking(std::move(run), std::move(done));
}

core::Status OverlayFileSystem::merged(Merge& work) {
    making_.erase(".new-" + work.name);
    core::Status done = std::move(work.outcome);
    if (done) done = layers_.commit(work.name);
    if (done) done = name_everywhere(work);
    // What could not be merged stays as it was, and is in nobody's way while there is room for more layers.
    auto kept = freeze(work.key, done ? core::Error{} : done.error());
    auto collected = collect();
    return kept ? collected : kept;
}

/// Each stack by itself: before and after its link is replaced it shows the same, and as long as one names
/// them the old layers stay. So a crash in between leaves nothing to be mended.
core::Status OverlayFileSystem::name_everywhere(const Merge& work) {
    for (const core::SnapshotKey& key : pots_.kept()) {
        auto place = pots_.find(key);
        if (!place) continue;
        if (auto named = name_in(place->get(), work); !named) return named;
    }
    auto pot = pots_.find(work.key.pot);
    return pot ? name_in(pot->get(), work) : core::Status(std::move(pot).error());
}

core::Status OverlayFileSystem::name_in(int folder, const Merge& work) {
    auto stack = read_stack(folder, "lower");
    if (!stack) return std::move(stack).error();
    const auto first = std::search(stack->begin(), stack->end(), work.group.begin(), work.group.end());
    if (first == stack->end()) return {};
    const auto last = first + static_cast<std::ptrdiff_t>(work.group.size());
    *first = work.name;
    stack->erase(first + 1, last);
    // Beside the layers, where the next collection takes what a crash leaves.
    if (::unlinkat(layers_.fd(), next_link, 0) != 0 && errno != ENOENT)
        return core::os_error(errno, layers_.path(next_link));
    if (auto written = write_stack(layers_.fd(), next_link, *stack); !written) return written;
    if (::renameat(layers_.fd(), next_link, folder, "lower") == 0) return {};
    return core::os_error(errno, "lower");
}

}  // namespace potd::platform
