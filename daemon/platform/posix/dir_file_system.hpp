#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/pot_trees.hpp"
#include "daemon/platform/posix/tree_doubling.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace potd::platform {

/// Pots as trees of their own, made like that of their base: <state>/pots/<id>/{root,log}, snapshots as trees
/// <state>/snapshots/<id>.<number>/root. How a tree is doubled is what the drivers dir and btrfs differ in.
/// A create that is discarded, or whose driver is destroyed, while it is made ends early and replies
/// Cancelled (or not).
class DirFileSystem final : public core::FileSystem {
  public:
    DirFileSystem(core::Executor& executor, PotTrees pots, TreeDoubling doubling = copied_trees())
        : executor_(executor), pots_(std::move(pots)), doubling_(doubling) {}
    DirFileSystem(const DirFileSystem&) = delete;
    DirFileSystem& operator=(const DirFileSystem&) = delete;
    ~DirFileSystem() override;

    [[nodiscard]] std::string_view name() const override { return doubling_.driver; }
    [[nodiscard]] core::StorageAbilities abilities() const override { return doubling_.abilities; }
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
    [[nodiscard]] std::optional<std::int64_t> copied(const core::PotId& id) const override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override;
    core::Status sweep(const std::vector<core::PotId>& pots, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& limits) override;

  private:
    /// A tree to be made, and what is done on the loop once it was tried: what it returns is replied.
    struct Task {
        core::PotId pot;
        std::string what;  ///< for errors
        core::Result<UniqueFd> from;
        std::function<core::Result<UniqueFd>()> parent;  ///< asked for once `from` is there
        std::string name = "root";
        bool read_only = false;
        std::function<core::Status(core::Status made)> finish;
        std::shared_ptr<UniqueFd> bounded_as = {};  ///< the tree whose bound it gets; null: it has none
    };
    void make(Task task, core::Reply<void> reply);
    void make_pot(core::Result<UniqueFd> from, const core::PotId& id, const std::string& what,
                  core::Reply<void> reply);
    [[nodiscard]] core::Status pot_made(const core::PotId& id, core::Status made);
    [[nodiscard]] core::Status new_root_made(const core::PotId& id, core::Status made);
    [[nodiscard]] core::Status settle(const core::PotId& id);
    [[nodiscard]] core::Status no_quotas() const;

    core::Executor& executor_;
    PotTrees pots_;
    TreeDoubling doubling_;
    std::map<core::PotId, std::shared_ptr<TreeWork>> busy_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for replies that come too late
};

/// The bytes on disk of a tree, counted on the pool.
void measure_tree(core::Executor& executor, core::Result<UniqueFd> tree, core::Reply<std::int64_t> reply);

}  // namespace potd::platform
