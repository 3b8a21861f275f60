#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/linux/overlay_stack.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/tree_shelf.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// Pots as a writable layer over their base: <state>/pots/<id>/{upper,work,log}. A create is five
/// small directories, whatever the size of the base. `upper` is the pot's "/": root's, 0755.
///
/// A snapshot moves the upper layer to <state>/layers/<n>, read-only from then on, and puts an empty one on
/// top; <state>/snapshots/<id>.<number>/lower and pots/<id>/lower name the layers. A clone is a new upper
/// layer over those of a snapshot. A layer goes when no pot and no snapshot names it any more.
///
/// A stack that has grown deep is shortened before the next snapshot is taken, when its pot stands still:
/// some adjacent layers between which no snapshot begins, and that no other pot names, are merged into a new
/// one on the pool (layer_merge.hpp), and the stacks that name them name that.
class OverlayFileSystem final : public core::FileSystem {
  public:
    struct Limits {
        std::size_t merge_from = 32;      ///< layers below a pot from which on some are merged
        std::size_t merged_at_once = 16;  ///< at most; each takes a descriptor for every level of directories
    };

    /// Makes <state>/layers.
    [[nodiscard]] static core::Result<std::unique_ptr<OverlayFileSystem>> open(core::Executor& executor,
                                                                               const std::string& state_dir,
                                                                               PotTrees pots, Limits limits);
    ~OverlayFileSystem() override;

    [[nodiscard]] std::string_view name() const override { return "overlay"; }
    [[nodiscard]] core::StorageAbilities abilities() const override;
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override;
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override;
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override;
    void give_back(const core::LentTree&) override {}
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& pots, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& limits) override;

  private:
    OverlayFileSystem(core::Executor& executor, PotTrees pots, TreeShelf layers, Limits limits)
        : executor_(executor), pots_(std::move(pots)), layers_(std::move(layers)), limits_(limits) {}
    struct Merge;

    void answer(core::Reply<void> reply, core::Status done);
    [[nodiscard]] core::Status make(const core::PotId& id, const OverlayStack& stack);
    /// `not_merged`: why the stack could not be made shorter before; empty if it was, or need not be.
    [[nodiscard]] core::Status freeze(const core::SnapshotKey& key, const core::Error& not_merged = {});
    [[nodiscard]] core::Status keep(const core::SnapshotKey& key, const OverlayStack& stack);
    [[nodiscard]] core::Status go_back(const core::SnapshotKey& key);
    [[nodiscard]] core::Result<OverlayStack> stack_of(const core::SnapshotKey& key) const;
    [[nodiscard]] core::Result<core::LentTree> lend_now(const core::SnapshotKey& key, const core::Base& base);
    /// Discards the layers nobody names.
    [[nodiscard]] core::Status collect();

    [[nodiscard]] core::Result<OverlayStack> mergeable(const core::PotId& id) const;
    [[nodiscard]] OverlayStack longest_run(const OverlayStack& stack, const std::set<std::string>& excluded,
                                           const std::set<std::string>& fronts) const;
    [[nodiscard]] core::Result<std::shared_ptr<Merge>> prepare(const core::SnapshotKey& key,
                                                               const OverlayStack& group);
    void merge(const core::SnapshotKey& key, const OverlayStack& group, core::Reply<void> reply);
    [[nodiscard]] core::Status merged(Merge& work);
    [[nodiscard]] core::Status name_everywhere(const Merge& work);
    [[nodiscard]] core::Status name_in(int folder, const Merge& work);

    core::Executor& executor_;
    PotTrees pots_;
    TreeShelf layers_;
    Limits limits_;
    std::uint64_t next_layer_ = 1;
    std::set<std::string> making_;  ///< layers being merged, as they are called until they are whole
    std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
};

/// Whether an overlay with its upper layer below `directory` can be mounted, read, and a file of the lower
/// layer deleted through it; tried for real in a mount namespace of a child process. Leaves nothing.
[[nodiscard]] core::Status probe_overlay(const std::string& directory);

}  // namespace potd::platform
