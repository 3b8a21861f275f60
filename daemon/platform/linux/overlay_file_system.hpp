#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/linux/overlay_stack.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/tree_shelf.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace potd::platform {

/// Pots as a writable layer over their base: <state>/pots/<id>/{upper,work,log}. A create is five
/// small directories, whatever the size of the base. `upper` is the pot's "/": root's, 0755.
///
/// A snapshot moves the upper layer to <state>/layers/<n>, read-only from then on, and puts an empty one on
/// top; <state>/snapshots/<id>.<number>/lower and pots/<id>/lower name the layers. A clone is a new upper
/// layer over those of a snapshot. A layer goes when no pot and no snapshot names it any more.
class OverlayFileSystem final : public core::FileSystem {
  public:
    /// Makes <state>/layers.
    [[nodiscard]] static core::Result<std::unique_ptr<OverlayFileSystem>> open(core::Executor& executor,
                                                                               const std::string& state_dir,
                                                                               PotTrees pots);

    [[nodiscard]] std::string_view name() const override { return "overlay"; }
    [[nodiscard]] core::StorageAbilities abilities() const override;
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& pots,
                       const std::vector<core::SnapshotKey>& snapshots) override;

  private:
    OverlayFileSystem(core::Executor& executor, PotTrees pots, TreeShelf layers)
        : executor_(executor), pots_(std::move(pots)), layers_(std::move(layers)) {}

    void answer(core::Reply<void> reply, core::Status done);
    [[nodiscard]] core::Status make(const core::PotId& id, const OverlayStack& stack);
    [[nodiscard]] core::Status freeze(const core::SnapshotKey& key);
    [[nodiscard]] core::Status keep(const core::SnapshotKey& key, const OverlayStack& stack);
    [[nodiscard]] core::Status go_back(const core::SnapshotKey& key);
    [[nodiscard]] core::Result<OverlayStack> stack_of(const core::SnapshotKey& key) const;
    /// Discards the layers nobody names.
    [[nodiscard]] core::Status collect();

    core::Executor& executor_;
    PotTrees pots_;
    TreeShelf layers_;
    std::uint64_t next_layer_ = 1;
};

/// Whether an overlay with its upper layer below `directory` can be mounted, read, and a file of the lower
/// layer deleted through it; tried for real in a mount namespace of a child process. Leaves nothing.
[[nodiscard]] core::Status probe_overlay(const std::string& directory);

}  // namespace potd::platform
